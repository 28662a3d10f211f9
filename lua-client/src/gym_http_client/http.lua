--- HTTP/1.1 over one kept connection.
--
-- LuaSocket's own `socket.http` connects for every call. This connection stays open between requests, sends each
-- of them in one piece without Nagle's delay, and keeps to the deadline of its call from connecting to the last byte.
-- @module gym_http_client.http

local socket = require("socket")
local errors = require("gym_http_client.errors")

local http = {}

local Connection = {}
Connection.__index = Connection

local gettime = socket.gettime
local find, gsub, lower, match, sub = string.find, string.gsub, string.lower, string.match, string.sub

-- Seconds until a deadline; 0 when it has passed, as LuaSocket takes a negative number for no limit.
local function left_until(deadline)
  local left = deadline - gettime()
  return left > 0 and left or 0
end

--- A connection to a server, opened by the first request.
-- @string url `http://host:port` or `https://host:port`, perhaps with a path before the API's
-- @tab options `timeout` of a call in seconds; `cafile` and `verify` as in @{gym_http_client.tls}
-- @treturn Connection with `prefix`, the path of the URL
-- @raise when the URL is not one of these
function http.new(url, options)
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
  }, Connection)
end

-- Close the connection and make the error for what LuaSocket or LuaSec said, unless it is an error already.
function Connection:fail(message)
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
  return nil, errors.new("transport", message)
end

-- The error for a reply that breaks the rules of HTTP, naming what came without bytes that upset a terminal.
function Connection:broken(what, bytes)
  local shown = gsub(sub(bytes, 1, 80), "[%c\128-\255]", "?")
  return errors.new("decode", ("the reply of %s %s '%s'"):format(self.authority, what, shown))
end

--- Close the connection; the next request opens another.
function Connection:close()
  if self.socket then
    self.socket:close()
    self.socket = nil
  end
end

function Connection:open()
  local tcp, message = socket.tcp()
  if not tcp then
    return self:fail(message)
  end
  tcp:settimeout(left_until(self.deadline), "t")
  local ok
  ok, message = tcp:connect(self.host, self.port)
  if ok and self.scheme == "https" then
    ok, message = require("gym_http_client.tls").wrap(tcp, self.host, self.tls_options, left_until(self.deadline))
  end
  if not ok then
    tcp:close()
    return self:fail(message)
  end
  tcp:setoption("tcp-nodelay", true)
  self.socket = self.scheme == "https" and ok or tcp
  return self.socket
end

-- Receive by LuaSocket's pattern, within the deadline.
function Connection:receive(pattern)
  local left = self.deadline - gettime()
  self.socket:settimeout(left > 0 and left or 0, "t")
  return self.socket:receive(pattern)
end

-- The status, the header fields (names in lower case) and whether the connection stays open after the body.
function Connection:receive_head()
  local line, message, part = self:receive("*l")
  if not line then
    if sub(part, 1, 7) ~= sub("HTTP/1.", 1, #part) then -- other protocols may not end what they say with a newline
      message = self:broken("is not HTTP/1.1 but", part)
    end
    return nil, message
  end
  local minor, status = match(line, "^HTTP/1%.(%d) (%d%d%d)")
  if not status then
    return nil, self:broken("is not HTTP/1.1 but", line)
  end
  local fields = {}
  repeat
    line, message = self:receive("*l")
    if not line then
      return nil, message
    end
    local colon = find(line, ":", 1, true)
    if colon then
      fields[lower(sub(line, 1, colon - 1))] = match(line, "^%s*(.-)%s*$", colon + 1)
    end
  until line == ""
  local connection = lower(fields["connection"] or "")
  local keep = minor == "1" and connection ~= "close" or connection == "keep-alive"
  return tonumber(status), fields, keep
end

function Connection:receive_chunks()
  local chunks = {}
  while true do
    local line, message = self:receive("*l")
    if not line then
      return nil, message
    end
    local digits = match(line, "^0*(%x+)")
    local size = digits and #digits <= 8 and tonumber(digits, 16) -- more may come out negative
    if not size then
      return nil, self:broken("has a bad chunk size:", line)
    elseif size == 0 then
      repeat -- trailers, then an empty line
        line, message = self:receive("*l")
      until not line or line == ""
      return line and table.concat(chunks), message
    end
    local chunk
    chunk, message = self:receive(size + 2) -- with the line end that closes it
    if not chunk then
      return nil, message
    end
    chunks[#chunks + 1] = sub(chunk, 1, size)
  end
end

function Connection:receive_body(status, fields)
  if status == 204 or status == 304 or fields["content-length"] == "0" then
    return "" -- receive(0) would wait for what comes next
  elseif lower(fields["transfer-encoding"] or "") == "chunked" then
    return self:receive_chunks()
  end
  local length = fields["content-length"]
  if length and not match(length, "^%d+$") then
    return nil, self:broken("has a bad Content-Length:", length)
  end
  return self:receive(tonumber(length) or "*a")
end

--- Send one request and receive its reply.
-- @string request the whole request: head and body
-- @number deadline when the time of its call is over, on the clock of `socket.gettime`
-- @treturn int status of the reply
-- @treturn string its body
-- @treturn tab its header fields, names in lower case
-- @return or nil and an error of kind `"transport"`, `"timeout"` or `"decode"`
function Connection:request(request, deadline)
  self.deadline = deadline
  local left = self.timeout -- a kept connection serves the first attempt only, which has all the time
  if not self.socket then
    local opened, failure = self:open()
    if not opened then
      return nil, failure
    end
    left = left_until(deadline)
  end
  self.socket:settimeout(left, "t")
  local sent, message = self.socket:send(request)
  if not sent then
    return self:fail(message)
  end
  local status, fields, keep
  repeat
    status, fields, keep = self:receive_head()
    if not status then
      return self:fail(fields)
    end
  until status >= 200 -- skip interim replies (100 Continue)
  local body
  body, message = self:receive_body(status, fields)
  if not body then
    return self:fail(message)
  elseif not keep or not fields["content-length"] and not fields["transfer-encoding"] then
    self:close()
  end
  return status, body, fields
end

return http
