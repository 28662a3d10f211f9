--- The way to a server: a connection that is opened when needed and kept.
-- @module gym_http_client.transport

local socket = require("socket")
local connection = require("gym_http_client.connection")
local errors = require("gym_http_client.errors")

local transport = {}

local Transport = {}
Transport.__index = Transport

local gettime = socket.gettime
local lower, match = string.lower, string.match

--- The way to the server at `url`; nothing is opened yet.
-- @string url `http://host:port` or `https://host:port`, perhaps with a path before the API's
-- @tab options `timeout` of a call in seconds; `cafile` and `verify` as in @{gym_http_client.tls}
-- @treturn Transport with `authority`, and `prefix`, the path of the URL
-- @raise when the URL is not one of these
function transport.new(url, options)
  url = tostring(url)
  local scheme, authority, prefix = match(url, "^(%a+)://([^/?#]+)([^?#]*)$")
  scheme = scheme and lower(scheme)
  if scheme ~= "http" and scheme ~= "https" then
    error("bad server URL '" .. url .. "': expected http://host:port or https://host:port", 0)
  end
  local host, port = match(authority, "^%[(.+)%]:?(%d*)$")
  if not host then
    host, port = match(authority, "^([^:@]+):?(%d*)$")
  end
  if not host then
    error("bad server URL '" .. url .. "': expected host or host:port after " .. scheme .. "://", 0)
  end
  return setmetatable({
    scheme = scheme,
    host = host,
    port = tonumber(port) or (scheme == "https" and 443 or 80),
    authority = authority,
    prefix = prefix:gsub("/+$", ""),
    timeout = options.timeout,
    tls_options = options,
  }, Transport)
end

--- Close the connection; the next request opens another.
function Transport:close()
  if self.connection then
    self.connection:close()
    self.connection = nil
  end
end

-- Close the connection and make the error for what LuaSocket or LuaSec said, unless it is an error already.
function Transport:fail(message, hopeless)
  self:close()
  if errors.is_error(message) then
    return nil, message
  elseif message == "timeout" or message == "wantread" or message == "wantwrite" then
    return nil, errors.new("timeout", ("no reply from %s within %g s"):format(self.authority, self.timeout))
  elseif message == "closed" then
    message = "the connection to " .. self.authority .. " was lost"
  else
    message = "the connection to " .. self.authority .. " failed: " .. tostring(message)
  end
  return nil, errors.new("transport", message), hopeless
end

-- Whether TLS failed because the connection was lost, which LuaSec says in several ways.
local function is_loss(message)
  message = lower(message)
  return message == "closed" or message:find("reset by peer", 1, true) or message:find("unexpected eof", 1, true)
end

-- LuaSocket takes a negative number for no limit.
local function left_until(deadline)
  local left = deadline - gettime()
  return left > 0 and left or 0
end

-- A TCP connection to the first address of the host that takes one; else nil, what was wrong, and what that says.
function Transport:connect(deadline)
  local addresses, message = socket.dns.getaddrinfo(self.host)
  if not addresses then
    return nil, message, "unresolved"
  end
  for _, address in ipairs(addresses) do
    local tcp = assert(socket.tcp())
    tcp:settimeout(left_until(deadline), "t")
    local ok
    ok, message = tcp:connect(address.addr, self.port)
    if ok then
      tcp:setoption("tcp-nodelay", true)
      return tcp
    end
    tcp:close()
    if message == "timeout" then
      break
    end
  end
  return nil, message, "refused"
end

function Transport:open(deadline)
  local opened, message, hopeless = self:connect(deadline)
  if opened and self.scheme == "https" then
    local tcp = opened
    opened, message = require("gym_http_client.tls").wrap(tcp, self.host, self.tls_options, left_until(deadline))
    if not opened then
      tcp:close()
      hopeless = not is_loss(message) and "untrusted" or nil
    end
  end
  if not opened then
    return self:fail(message, hopeless)
  end
  self.connection = connection.new(opened, self.authority)
  return self.connection
end

--- Send one request and receive its reply, on the connection that there is or a new one.
-- @string request the whole request: head and body
-- @number deadline when the time of its call is over, on the clock of `socket.gettime`
-- @treturn tab the reply, see @{gym_http_client.connection}
-- @return or nil and an error of kind `"transport"`, `"timeout"` or `"decode"`
-- @treturn string why another attempt may be hopeless: `"unresolved"` or `"refused"` where there is no such host or
-- nothing listens, `"untrusted"` where TLS failed
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
