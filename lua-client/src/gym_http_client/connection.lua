--- HTTP/1.1 on one open socket.
--
-- LuaSocket's own `socket.http` connects for every call. A connection stays open between requests, sends each of them
-- in one piece and keeps to the deadline of its call to the last byte.
-- @module gym_http_client.connection

local errors = require("gym_http_client.errors")

local connection = {}

local Connection = {}
Connection.__index = Connection

local find, gsub, lower, match, sub = string.find, string.gsub, string.lower, string.match, string.sub

--- A connection on a socket.
-- @param socket a connected socket, see @{gym_http_client.sockets.luasocket}
-- @string server its name, for messages
-- @func gettime the clock of the deadlines
-- @treturn Connection
function connection.new(socket, server, gettime)
  return setmetatable({socket = socket, server = server, gettime = gettime}, Connection)
end

--- Close the socket.
function Connection:close()
  self.socket:close()
end

-- Keep what the socket does next to the deadline; LuaSocket takes a negative number for no limit, "t" for all of it.
function Connection:limit(deadline)
  local left = deadline - self.gettime()
  self.socket:settimeout(left > 0 and left or 0, "t")
end

-- The error for a reply that breaks the rules of HTTP, naming what came without bytes that upset a terminal.
function Connection:broken(what, bytes)
  local shown = gsub(sub(bytes, 1, 80), "[%c\128-\255]", "?")
  return errors.new("decode", ("the reply of %s %s '%s'"):format(self.server, what, shown))
end

-- Receive by LuaSocket's pattern, within the deadline.
function Connection:receive(pattern, deadline)
  self:limit(deadline)
  return self.socket:receive(pattern)
end

-- The status, the header fields (names in lower case) and whether the connection stays open after the body.
function Connection:receive_head(deadline)
  local line, message, part = self:receive("*l", deadline)
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
    line, message = self:receive("*l", deadline)
    if not line then
      return nil, message
    end
    local colon = find(line, ":", 1, true)
    if colon then
      fields[lower(sub(line, 1, colon - 1))] = match(line, "^%s*(.-)%s*$", colon + 1)
    end
  until line == ""
  local option = lower(fields["connection"] or "")
  local keep = minor == "1" and option ~= "close" or option == "keep-alive"
  return tonumber(status), fields, keep
end

function Connection:receive_chunks(deadline)
  local chunks = {}
  while true do
    local line, message = self:receive("*l", deadline)
    if not line then
      return nil, message
    end
    local digits = match(line, "^0*(%x+)")
    local size = digits and #digits <= 8 and tonumber(digits, 16) -- more may come out negative
    if not size then
      return nil, self:broken("has a bad chunk size:", line)
    elseif size == 0 then
      repeat -- trailers, then an empty line
        line, message = self:receive("*l", deadline)
      until not line or line == ""
      return line and table.concat(chunks), message
    end
    local chunk
    chunk, message = self:receive(size + 2, deadline) -- with the line end that closes it
    if not chunk then
      return nil, message
    end
    chunks[#chunks + 1] = sub(chunk, 1, size)
  end
end

function Connection:receive_body(status, fields, deadline)
  if status == 204 or status == 304 or fields["content-length"] == "0" then
    return "" -- receive(0) would wait for what comes next
  elseif lower(fields["transfer-encoding"] or "") == "chunked" then
    return self:receive_chunks(deadline)
  end
  local length = fields["content-length"]
  if length and not match(length, "^%d+$") then
    return nil, self:broken("has a bad Content-Length:", length)
  end
  return self:receive(tonumber(length) or "*a", deadline)
end

--- Send one request and receive its reply.
-- @string request the whole request: head and body
-- @number deadline when the time of its call is over, on the clock of the sockets' library
-- @treturn tab the reply: its `status`, its `body`, its header `fields` (names in lower case), and `keep`, whether the
-- connection stays open
-- @return or nil and what was wrong: what the socket said, or an error of the kind `"decode"`
function Connection:exchange(request, deadline)
  self:limit(deadline)
  local sent, message = self.socket:send(request)
  if not sent then
    return nil, message
  end
  local status, fields, keep
  repeat
    status, fields, keep = self:receive_head(deadline)
    if not status then
      return nil, fields
    end
  until status >= 200 -- skip interim replies (100 Continue)
  local body
  body, message = self:receive_body(status, fields, deadline)
  if not body then
    return nil, message
  end
  keep = keep and (fields["content-length"] or fields["transfer-encoding"]) ~= nil
  return {status = status, body = body, fields = fields, keep = keep}
end

return connection
