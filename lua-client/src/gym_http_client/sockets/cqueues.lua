--- The sockets of cqueues: a client in a coroutine of its loop lets the others run while it waits.
--
--     local cqueues = require("cqueues")
--     local client = gym_http_client.new(base, {socket = require("gym_http_client.sockets.cqueues")})
--     local loop = cqueues.new()
--     loop:wrap(function() local env = assert(client:make("CartPole-v1")) ... env:close() end)
--     assert(loop:loop())
--
-- Over http only.
-- @module gym_http_client.sockets.cqueues

local cqueues = require("cqueues")
local errno = require("cqueues.errno")
local socket = require("cqueues.socket")

local library = {gettime = cqueues.monotime, sleep = cqueues.sleep, yields = true}

local Socket = {}
Socket.__index = Socket

local function said(why)
  if why == errno.ETIMEDOUT then
    return "timeout"
  elseif why == nil or why == errno.EPIPE or why == errno.ECONNRESET then
    return "closed"
  end
  return type(why) == "number" and errno.strerror(why) or tostring(why)
end

-- Where cqueues would raise an error, return it.
local function returned(_, _, why)
  return why
end

local function connect(address, deadline)
  local opened = socket.connect(address)
  opened:onerror(returned)
  local connected, why = opened:connect(math.max(deadline - cqueues.monotime(), 0))
  if not connected then
    opened:close()
    local message = said(why)
    return nil, message, message ~= "timeout" and (errno[why] and "refused" or "unresolved") or nil
  end
  opened:setmode("b", "bn") -- no translation of line ends, no buffer for what is sent
  return setmetatable({socket = opened}, Socket)
end

--- Connect to a host.
-- @string host
-- @int port
-- @number deadline
-- @return as @{gym_http_client.sockets.luasocket} says
function library.connect(host, port, deadline)
  return connect({host = host, port = port, nodelay = true}, deadline)
end

--- Connect to a Unix domain socket.
-- @string path
-- @number deadline
-- @return as @{gym_http_client.sockets.luasocket} says
function library.connect_unix(path, deadline)
  return connect({path = path}, deadline)
end

function Socket:settimeout(seconds)
  self.socket:settimeout(seconds)
end

function Socket:send(data)
  local sent, why = self.socket:xwrite(data, "bn")
  if not sent then
    return nil, said(why)
  end
  return #data
end

function Socket:receive(pattern)
  local data, why = self.socket:xread(pattern == "*l" and "*L" or pattern)
  if not data then
    return nil, said(why), ""
  elseif pattern == "*l" then
    local line = data:match("^(.-)\r?\n$")
    if not line then
      return nil, "closed", data
    end
    return line
  elseif type(pattern) == "number" and #data < pattern then
    return nil, "closed", data
  end
  return data
end

function Socket:close()
  self.socket:close()
end

return library
