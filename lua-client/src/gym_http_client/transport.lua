--- The way to a server: a connection that is opened when needed and kept.
-- @module gym_http_client.transport

local connection = require("gym_http_client.connection")
local errors = require("gym_http_client.errors")

local transport = {}

local Transport = {}
Transport.__index = Transport

local lower, match = string.lower, string.match

-- Where a URL points: its scheme, host, port, the authority that requests name, and the path before the API's.
local function parse(url)
  local scheme, authority, prefix = match(url, "^(%a+)://([^/?#]+)([^?#]*)$")
  scheme = scheme and lower(scheme)
  if scheme ~= "http" and scheme ~= "https" then
    errors.misuse("bad server URL '" .. url .. "': expected http://host:port, https://host:port or unix:/path")
  end
  local host, port = match(authority, "^%[(.+)%]:?(%d*)$")
  if not host then
    host, port = match(authority, "^([^:@]+):?(%d*)$")
  end
  if not host then
    errors.misuse("bad server URL '" .. url .. "': expected host or host:port after " .. scheme .. "://")
  end
  return scheme, host, tonumber(port) or (scheme == "https" and 443 or 80), authority, (prefix:gsub("/+$", ""))
end

--- The way to the server at `url`; nothing is opened yet.
-- @string url `http://host:port` or `https://host:port`, perhaps with a path before the API's; or `unix:/path`, a Unix
-- domain socket
-- @tab library of sockets, see @{gym_http_client.sockets.luasocket}
-- @tab options `timeout` of a call in seconds; `cafile` and `verify` for https
-- @treturn Transport with `authority`, what requests call the server; `server`, what messages call it; and `prefix`,
-- the path of the URL. Where its `only_kept` is set it opens no connection
-- @raise when the URL is not one of these
function transport.new(url, library, options)
  url = tostring(url)
  local self = setmetatable({library = library, timeout = options.timeout, tls_options = options}, Transport)
  self.path = match(url, "^unix:(.+)$")
  if self.path then
    self.authority, self.prefix, self.server = "localhost", "", url
  else
    self.scheme, self.host, self.port, self.authority, self.prefix = parse(url)
    self.server = self.authority
  end
  return self
end

--- Close the connection; the next request opens another.
function Transport:close()
  if self.connection then
    self.connection:close()
    self.connection = nil
  end
end

-- Close the connection and make the error for what the socket said, unless it is an error already.
function Transport:fail(message, hopeless)
  self:close()
  if errors.is_error(message) then
    return nil, message
  elseif message == "timeout" or message == "wantread" or message == "wantwrite" then
    return nil, errors.new("timeout", ("no reply from %s within %g s"):format(self.server, self.timeout))
  elseif message == "closed" then
    message = "the connection to " .. self.server .. " was lost"
  else
    message = "the connection to " .. self.server .. " failed: " .. tostring(message)
  end
  return nil, errors.new("transport", message), hopeless
end

-- Whether TLS failed because the connection was lost or the time was over, which is said in several ways.
local function is_loss(message)
  message = lower(message)
  return message == "closed" or message == "timeout" or message:find("reset by peer", 1, true)
    or message:find("unexpected eof", 1, true)
end

function Transport:open(deadline)
  if self.only_kept then
    return self:fail("there is none", "for good")
  end
  local library = self.library
  local opened, message, hopeless
  if not self.path then
    opened, message, hopeless = library.connect(self.host, self.port, deadline)
  elseif library.connect_unix then
    opened, message, hopeless = library.connect_unix(self.path, deadline)
  else
    message, hopeless = "the option 'socket' names sockets that know no Unix domain sockets", "for good"
  end
  if opened and self.scheme == "https" then
    local plain = opened
    if library.secure then
      opened, message = library.secure(plain, self.host, self.tls_options, deadline)
    else
      opened, message = nil, "the option 'socket' names sockets that speak no TLS"
    end
    if not opened then
      plain:close()
      hopeless = not is_loss(message) and "for good" or nil
    end
  end
  if not opened then
    return self:fail(message, hopeless)
  end
  self.connection = connection.new(opened, self.server, library.gettime)
  return self.connection
end

--- Send one request and receive its reply, on the connection that there is or a new one.
-- @string request the whole request: head and body
-- @number deadline when the time of its call is over, on the clock of the sockets' library
-- @treturn tab the reply, see @{gym_http_client.connection}
-- @return or nil and an error of kind `"transport"`, `"timeout"` or `"decode"`
-- @treturn string why another attempt may be hopeless: `"unresolved"` or `"refused"` where there is no such host or
-- nothing listens, `"for good"` where TLS failed or no connection may be opened
function Transport:exchange(request, deadline)
  local open = self.connection
  if not open then
    local err, hopeless
    open, err, hopeless = self:open(deadline)
    if not open then
      return nil, err, hopeless
    end
  end
  local reply, message = open:exchange(request, deadline)
  if not reply then
    return self:fail(message)
  elseif not reply.keep then
    self:close()
  end
  return reply
end

return transport
