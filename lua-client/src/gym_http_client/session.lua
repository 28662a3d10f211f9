--- Calls to the server: encoding, identity, retries, errors.
-- @module gym_http_client.session

local socket = require("socket")
local errors = require("gym_http_client.errors")
local http = require("gym_http_client.http")
local json = require("gym_http_client.json")
local msgpack = require("gym_http_client.msgpack")

local session = {}

local Session = {}
Session.__index = Session

local gettime = socket.gettime
local find, format, lower, match = string.find, string.format, string.lower, string.match

local USER_AGENT = "gym-http-client-lua (" .. (jit and jit.version or _VERSION) .. ")"
local JSON, MSGPACK = "application/json", "application/vnd.msgpack"
local MSGPACK_OR_JSON = MSGPACK .. ", " .. JSON .. ";q=0.5"
local FIRST_PAUSE = 0.05 -- seconds before a retry; doubled for each further one

-- 64 random bits, without touching the seed of the user's math.random.
local function random_hex()
  local source = io.open("/dev/urandom", "rb")
  local bytes = source and source:read(8)
  if source then
    source:close()
  end
  if bytes and #bytes == 8 then
    return (bytes:gsub(".", function(c) return format("%02x", c:byte()) end))
  end
  local clock = format("%.6f%s", gettime(), tostring({}))
  return (clock:gsub("[^%w]", ""))
end

local function check_token(token)
  if token and find(token, "[%c\128-\255]") then
    error("bad token: it must be of printable ASCII characters", 0)
  end
  return token
end

--- A session with a server.
-- @string base URL of the server
-- @tab options see @{gym_http_client.new}
-- @treturn Session
function session.new(base, options)
  local self = setmetatable({
    connection = http.new(base, {
      timeout = options.timeout or 60, cafile = options.cafile, verify = options.verify,
    }),
    retries = options.retries or 2,
    key = random_hex() .. "-",
    calls = 0,
  }, Session)
  local token = check_token(options.token or os.getenv("GYM_HTTP_TOKEN"))
  self.common = "Host: " .. self.connection.authority .. "\r\nUser-Agent: " .. USER_AGENT .. "\r\n"
    .. (token and "Authorization: Bearer " .. token .. "\r\n" or "")
  return self
end

local function escape_byte(c)
  return format("%%%02X", c:byte())
end

--- A path segment or query value, percent-encoded.
-- @param text string or number
-- @treturn string
function session.escape(text)
  return (tostring(text):gsub("[^%w%-._~]", escape_byte))
end

local function document_of(body, content_type)
  if find(content_type, "msgpack", 1, true) then
    return msgpack.decode(body)
  elseif content_type == "" or find(content_type, "json", 1, true) then
    return json.decode(body)
  end
  return nil, "it is " .. content_type
end

local function api_error(status, body, content_type)
  local document = document_of(body, content_type)
  if json.is_object(document) and type(document.message) == "string" then
    return errors.new("api", document.message, status, type(document.code) == "string" and document.code or nil)
  end
  local start = match(body, "^%s*(.-)%s*$"):sub(1, 200)
  if start ~= "" then
    start = ": " .. start
  end
  return errors.new("api", format("the server answered status %d%s", status, start), status)
end

-- Send until a reply comes. A lost connection is no reason to give up: GETs change nothing, and the
-- Idempotency-Key in everything else makes the server answer a repeated request without acting twice. All attempts
-- share one deadline; a pause that would reach it is not taken.
function Session:exchange(request)
  local connection = self.connection
  local deadline = gettime() + connection.timeout
  local pause = connection.socket and 0 or FIRST_PAUSE -- a kept connection may have been closed while idle
  for attempt = 0, self.retries do
    local status, body, fields = connection:request(request, deadline)
    if status or body.kind ~= "transport" or attempt == self.retries or gettime() + pause >= deadline then
      return status, body, fields
    end
    socket.sleep(pause)
    pause = pause > 0 and pause * 2 or FIRST_PAUSE
  end
end

-- Send a request and get its reply: the status, the body, the Content-Type.
function Session:send(method, path, body, send, accept)
  local request = method .. " " .. self.connection.prefix .. path .. " HTTP/1.1\r\n" .. self.common
    .. "Accept: " .. accept .. "\r\n"
  if method == "POST" then
    local text = body and (send == MSGPACK and msgpack or json).encode(body) or ""
    self.calls = self.calls + 1
    request = request .. "Content-Type: " .. send .. "\r\nIdempotency-Key: " .. self.key .. self.calls
      .. "\r\nContent-Length: " .. #text .. "\r\n\r\n" .. text
  else
    request = request .. "\r\n"
  end
  local status, reply, fields = self:exchange(request)
  return status, reply, fields and lower(fields["content-type"] or "")
end

--- Call an operation whose reply is a document.
-- @string method `"GET"` or `"POST"`
-- @string path route under the base, from `/v1` on
-- @tab[opt] body document to send
-- @string[opt] encoding `"json"` or `"msgpack"` for both directions; absent, JSON goes out and MessagePack is asked for
-- @treturn tab the reply's object, or nil and an error
-- @treturn boolean whether it was JSON
-- @raise when the body has no form in the encoding
function Session:call(method, path, body, encoding)
  local send = encoding == "msgpack" and MSGPACK or JSON
  local accept = encoding == "json" and JSON or MSGPACK_OR_JSON
  local status, reply, content_type = self:send(method, path, body, send, accept)
  if not status then
    return nil, reply
  elseif status ~= 200 then
    return nil, api_error(status, reply, content_type)
  end
  local document, message = document_of(reply, content_type)
  if not json.is_object(document) then
    return nil, errors.new("decode", format("the reply to %s %s is no JSON or MessagePack object: %s", method, path,
      message or "it is a " .. type(document)))
  end
  return document, not find(content_type, "msgpack", 1, true)
end

--- Get something that is no document.
-- @string path route under the base
-- @string media_type its Content-Type
-- @treturn string the body, or nil and an error
-- @treturn string its Content-Type
function Session:get_raw(path, media_type)
  local status, reply, content_type = self:send("GET", path, nil, nil, media_type .. ", application/json;q=0.5")
  if not status then
    return nil, reply
  elseif status ~= 200 then
    return nil, api_error(status, reply, content_type)
  elseif not find(content_type, media_type, 1, true) then
    return nil, errors.new("decode", format("the reply to GET %s is not %s but %s", path, media_type, content_type))
  end
  return reply, content_type
end

--- Close the connection.
function Session:close()
  self.connection:close()
end

return session
