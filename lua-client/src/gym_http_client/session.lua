--- Calls to a server: their identity, retries and errors.
-- @module gym_http_client.session

local encoding = require("gym_http_client.encoding")
local errors = require("gym_http_client.errors")
local json = require("gym_http_client.encoding.json")
local transport = require("gym_http_client.transport")

local session = {}

local Session = {}
Session.__index = Session

local find, format, lower, match = string.find, string.format, string.lower, string.match

-- When a program ends, LuaJIT unloads LuaSocket before it finalizes a socket that a finalizer has opened, and dies.
local IS_LUAJIT = rawget(_G, "jit") ~= nil

local USER_AGENT = "gym-http-client-lua (" .. ((rawget(_G, "jit") or {}).version or _VERSION) .. ")"

-- Seconds. The first retry comes at once, the second after the first pause, which then doubles up to the longest:
-- spec/decisions/0016-retries-until-the-deadline.md.
local FIRST_PAUSE, LONGEST_PAUSE = 0.02, 1
local PATIENCE_WITH_STRANGERS = 2 -- where nothing listens, and the server has never answered

local PATIENCE_WITH_ABANDONED = 1 -- with the closing of instances that nobody waits for

local GATEWAY_TROUBLE = {[502] = true, [503] = true, [504] = true}

-- 64 random bits in hexadecimal, without touching the seed of the user's math.random.
local function random_hex(gettime)
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

--- A session with a server.
-- @string base URL of the server
-- @string[opt] token
-- @tab options see @{gym_http_client.client.new}
-- @treturn Session
function session.new(base, token, options)
  local timeout = options.timeout or 60
  local library = options.socket or require("gym_http_client.sockets.luasocket")
  local random = random_hex(library.gettime)
  local self = setmetatable({
    base = base,
    library = library,
    transport = transport.new(base, library, {timeout = timeout, cafile = options.cafile, verify = options.verify}),
    timeout = timeout,
    retries = options.retries or math.huge,
    key = random .. "-",
    calls = 0,
    abandoned = {},
    jitter = tonumber(random:sub(-7), 16) + 1,
  }, Session)
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

-- To be asked where the reply is another program's.
local function doubt(base)
  return format(". Is it a gym-http-server that listens at %s?", base)
end

local function api_error(reply, base)
  local document = encoding.decode(reply.body, content_type_of(reply))
  if json.is_object(document) and type(document.message) == "string" then
    local code = type(document.code) == "string" and document.code or nil
    return errors.new("api", document.message, reply.status, code)
  end
  local start = match(reply.body, "^%s*(.-)%s*$"):gsub("%s+", " "):sub(1, 200)
  if start ~= "" then
    start = ": " .. start
  end
  local question = GATEWAY_TROUBLE[reply.status] and "" or doubt(base)
  return errors.new("api", format("the server answered status %d%s%s", reply.status, start, question), reply.status)
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
  if hopeless == "for good" or hopeless == "unresolved" and not self.acquainted then
    return start
  elseif hopeless == "refused" and not self.acquainted then
    return math.min(deadline, start + PATIENCE_WITH_STRANGERS)
  end
  return deadline
end

-- Send until a reply comes that is the server's own. A lost connection is no reason to give up: GETs change nothing,
-- and the Idempotency-Key in everything else makes the server answer a repeated request without acting twice. All
-- attempts share one deadline; a pause that would reach it is not taken.
function Session:exchange(text, start, deadline)
  local attempt, last = 0, nil
  while true do
    attempt = attempt + 1
    local reply, err, hopeless = self.transport:exchange(text, deadline)
    self.acquainted = self.acquainted or reply ~= nil
    if reply and not GATEWAY_TROUBLE[reply.status] then
      self.unheard = false
      return reply
    elseif err and err.kind ~= "transport" then
      err.cause = last
      return nil, err
    end
    last = err or api_error(reply, self.base)
    local pause = self:pause_after(attempt, reply)
    if attempt > self.retries or self.library.gettime() + pause >= self:give_up_at(hopeless, start, deadline) then
      return nil, last
    elseif pause > 0 then
      self.library.sleep(pause)
    end
  end
end

--- A request, with the key of its own that makes it safe to send again.
-- @string method `"GET"` or `"POST"`
-- @string path route under the base, from `/v1` on
-- @tab[opt] body document to send
-- @tab spoken `accept`, and for a POST `content_type` and `encode`: one of @{gym_http_client.encoding}
-- @treturn tab for @{Session:get_document} or @{Session:get_raw}
-- @raise when the body has no form in the encoding
function Session:request(method, path, body, spoken)
  local request = {method = method, path = path, accept = spoken.accept, start = self.library.gettime()}
  local text = method .. " " .. self.transport.prefix .. path .. " HTTP/1.1\r\n" .. self.common
    .. "Accept: " .. spoken.accept .. "\r\n"
  if method == "POST" then
    local document = body and spoken.encode(body) or ""
    local number = self.calls + 1
    self.calls = number
    request.key = self.key .. number
    text = text .. "Content-Type: " .. spoken.content_type .. "\r\nIdempotency-Key: " .. request.key
      .. "\r\nContent-Length: " .. #document .. "\r\n\r\n" .. document
  else
    text = text .. "\r\n"
  end
  request.text = text
  return request
end

-- Send a request and get its reply; the call began when the request was made, or begins now when it is made again.
function Session:send(request)
  local start = request.start or self.library.gettime()
  local deadline = start + self.timeout
  request.start = nil
  self.busy = true -- a finalizer that runs meanwhile must leave the connection alone
  local reply, err = self:exchange(request.text, start, deadline)
  self.busy = false
  if self.abandoned[1] and not self.unheard then
    self:close_abandoned(math.min(deadline, self.library.gettime() + PATIENCE_WITH_ABANDONED))
  end
  if reply and reply.status ~= 200 then
    return nil, api_error(reply, self.base)
  end
  return reply, err
end

-- Close what was abandoned. Where one cannot be closed in time, none is waited for until the server answers again.
function Session:close_abandoned(deadline)
  local requests = self.abandoned
  self.abandoned = {}
  self.busy = true
  for _, request in ipairs(requests) do
    if self.unheard or not self:exchange(request.text, self.library.gettime(), deadline) then
      self.unheard = true
      self.abandoned[#self.abandoned + 1] = request
    end
  end
  self.busy = false
end

--- Close an instance that nobody can reach any more: at once, or with the next call where one is under way, or where
-- the sockets yield, which a finalizer must not.
-- @string path of its env_close
function Session:abandon(path)
  self.abandoned[#self.abandoned + 1] = self:request("POST", path, nil, encoding.json)
  if self.busy or self.unheard or self.library.yields then
    return
  end
  self.transport.only_kept = IS_LUAJIT
  self:close_abandoned(self.library.gettime() + PATIENCE_WITH_ABANDONED)
  self.transport.only_kept = false
end

--- Send a request whose reply is a document.
-- @tab request
-- @func[opt] face of its arrays, see @{gym_http_client.arrays}
-- @treturn tab the reply's object, or nil and an error
-- @treturn bool whether its nulls may stand for NaN, as @{gym_http_client.encoding.decode} says
function Session:get_document(request, face)
  local reply, err = self:send(request)
  if not reply then
    return nil, err
  end
  local document, nulls = encoding.decode(reply.body, content_type_of(reply), face)
  if not json.is_object(document) then
    local what = document == nil and nulls or "it is a " .. type(document)
    return nil, errors.new("decode",
      format("the reply to %s %s is no JSON or MessagePack object: %s%s", request.method, request.path, what,
        what:find("^it is ") and doubt(self.base) or ""))
  end
  return document, nulls
end

--- Send a request whose reply is no document.
-- @tab request
-- @string media_type of the reply
-- @treturn string the body, or nil and an error
-- @treturn string its Content-Type
function Session:get_raw(request, media_type)
  local reply, err = self:send(request)
  if not reply then
    return nil, err
  end
  local content_type = content_type_of(reply)
  if not find(content_type, media_type, 1, true) then
    return nil, errors.new("decode", format("the reply to %s %s is not %s but %s",
      request.method, request.path, media_type, content_type))
  end
  return reply.body, content_type
end

--- Close the connection, and before it what was abandoned.
function Session:close()
  if self.abandoned[1] and not self.unheard then
    self:close_abandoned(self.library.gettime() + PATIENCE_WITH_ABANDONED)
  end
  self.transport:close()
end

return session
