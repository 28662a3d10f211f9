--- Calls to a server: their identity, retries and errors.
-- @module gym_http_client.session

local socket = require("socket")
local encoding = require("gym_http_client.encoding")
local errors = require("gym_http_client.errors")
local json = require("gym_http_client.json")
local transport = require("gym_http_client.transport")

local session = {}

local Session = {}
Session.__index = Session

local gettime = socket.gettime
local find, format, lower, match = string.find, string.format, string.lower, string.match

local USER_AGENT = "gym-http-client-lua (" .. (jit and jit.version or _VERSION) .. ")"

-- Seconds. The first retry comes at once, the second after the first pause, which then doubles up to the longest:
-- spec/decisions/0016-retries-until-the-deadline.md.
local FIRST_PAUSE, LONGEST_PAUSE = 0.02, 1
local PATIENCE_WITH_STRANGERS = 2 -- where nothing listens, and the server has never answered

local GATEWAY_TROUBLE = {[502] = true, [503] = true, [504] = true}

-- 64 random bits in hexadecimal, without touching the seed of the user's math.random.
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
  return (clock:gsub("[^%x]", ""))
end

local function check_token(token)
  if token and find(token, "[%c\128-\255]") then
    error("bad token: it must be of printable ASCII characters", 0)
  end
  return token
end

--- A session with a server.
-- @string base URL of the server
-- @tab options see @{gym_http_client.client.new}
-- @treturn Session
function session.new(base, options)
  local timeout = options.timeout or 60
  local random = random_hex()
  local self = setmetatable({
    transport = transport.new(base, {timeout = timeout, cafile = options.cafile, verify = options.verify}),
    timeout = timeout,
    retries = options.retries or math.huge,
    key = random .. "-",
    calls = 0,
    jitter = tonumber(random:sub(-7), 16) + 1,
  }, Session)
  local token = check_token(options.token or os.getenv("GYM_HTTP_TOKEN"))
  self.common = "Host: " .. self.transport.authority .. "\r\nUser-Agent: " .. USER_AGENT .. "\r\n"
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

local function content_type_of(reply)
  return lower(reply.fields["content-type"] or "")
end

local function api_error(reply)
  local document = encoding.decode(reply.body, content_type_of(reply))
  if json.is_object(document) and type(document.message) == "string" then
    local code = type(document.code) == "string" and document.code or nil
    return errors.new("api", document.message, reply.status, code)
  end
  local start = match(reply.body, "^%s*(.-)%s*$"):sub(1, 200)
  if start ~= "" then
    start = ": " .. start
  end
  return errors.new("api", format("the server answered status %d%s", reply.status, start), reply.status)
end

-- How long to wait before the next attempt: not at all before the first retry, at least as long as a 503 asks for.
function Session:pause_after(attempt, reply)
  local least = tonumber(reply and reply.status == 503 and match(reply.fields["retry-after"] or "", "^%d+$")) or 0
  if attempt == 1 then
    return least
  end
  self.jitter = self.jitter * 16807 % 2147483647 -- Park and Miller 1988; the user's math.random is left alone
  local longest = math.min(FIRST_PAUSE * 2 ^ (attempt - 2), LONGEST_PAUSE)
  return math.max(least, longest * (0.5 + 0.5 * self.jitter / 2147483647))
end

-- When to give up: at the deadline, but sooner on a server that never answered and is not found where it should be.
function Session:give_up_at(hopeless, start, deadline)
  if hopeless == "untrusted" or hopeless == "unresolved" and not self.acquainted then
    return start
  elseif hopeless == "refused" and not self.acquainted then
    return math.min(deadline, start + PATIENCE_WITH_STRANGERS)
  end
  return deadline
end

-- Send until a reply comes that is the server's own. A lost connection is no reason to give up: GETs change nothing,
-- and the Idempotency-Key in everything else makes the server answer a repeated request without acting twice. All
-- attempts share one deadline; a pause that would reach it is not taken.
function Session:exchange(request, start)
  local deadline = start + self.timeout
  local attempt, last = 0, nil
  while true do
    attempt = attempt + 1
    local reply, err, hopeless = self.transport:exchange(request, deadline)
    self.acquainted = self.acquainted or reply ~= nil
    if reply and not GATEWAY_TROUBLE[reply.status] then
      return reply
    elseif err and err.kind ~= "transport" then
      err.cause = last
      return nil, err
    end
    last = err or api_error(reply)
    local pause = self:pause_after(attempt, reply)
    if attempt > self.retries or gettime() + pause >= self:give_up_at(hopeless, start, deadline) then
      return nil, last
    elseif pause > 0 then
      socket.sleep(pause)
    end
  end
end

-- Send a request of the call that began at `start` and get its reply.
function Session:send(method, path, body, content_type, accept, start)
  local request = method .. " " .. self.transport.prefix .. path .. " HTTP/1.1\r\n" .. self.common
    .. "Accept: " .. accept .. "\r\n"
  if method == "POST" then
    self.calls = self.calls + 1
    request = request .. "Content-Type: " .. content_type .. "\r\nIdempotency-Key: " .. self.key .. self.calls
      .. "\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body
  else
    request = request .. "\r\n"
  end
  local reply, err = self:exchange(request, start)
  if reply and reply.status ~= 200 then
    return nil, api_error(reply)
  end
  return reply, err
end

--- Call an operation whose reply is a document.
-- @string method `"GET"` or `"POST"`
-- @string path route under the base, from `/v1` on
-- @tab[opt] body document to send
-- @tab spoken one of @{gym_http_client.encoding}
-- @treturn tab the reply's object, or nil and an error
-- @treturn bool whether its nulls may stand for NaN, as @{gym_http_client.encoding.decode} says
-- @raise when the body has no form in the encoding
function Session:call(method, path, body, spoken)
  local start = gettime() -- large documents take their time
  local text = body and spoken.encode(body) or ""
  local reply, err = self:send(method, path, text, spoken.content_type, spoken.accept, start)
  if not reply then
    return nil, err
  end
  local document, nulls = encoding.decode(reply.body, content_type_of(reply))
  if not json.is_object(document) then
    local what = document == nil and nulls or "it is a " .. type(document)
    return nil, errors.new("decode",
      format("the reply to %s %s is no JSON or MessagePack object: %s", method, path, what))
  end
  return document, nulls
end

--- Get something that is no document.
-- @string path route under the base
-- @string media_type its Content-Type
-- @treturn string the body, or nil and an error
-- @treturn string its Content-Type
function Session:get_raw(path, media_type)
  local reply, err = self:send("GET", path, "", nil, media_type .. ", application/json;q=0.5", gettime())
  if not reply then
    return nil, err
  end
  local content_type = content_type_of(reply)
  if not find(content_type, media_type, 1, true) then
    return nil, errors.new("decode", format("the reply to GET %s is not %s but %s", path, media_type, content_type))
  end
  return reply.body, content_type
end

--- Close the connection.
function Session:close()
  self.transport:close()
end

return session
