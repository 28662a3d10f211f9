--- The sockets of OpenResty, or of nginx with its Lua module: a client in a request lets nginx serve others meanwhile.
--
--     local client = gym_http_client.new(base, {socket = require("gym_http_client.sockets.openresty")})
--
-- A client belongs to the request that it was made in, as its socket does. nginx itself resolves the names of hosts
-- (its directive `resolver`) and knows which certificates to trust for https (`lua_ssl_trusted_certificate`).
-- @module gym_http_client.sockets.openresty

local ngx = require("ngx")

local library = {sleep = ngx.sleep, yields = true}

local Socket = {}
Socket.__index = Socket

--- The time, which nginx else looks up only between events.
-- @treturn number seconds
function library.gettime()
  ngx.update_time()
  return ngx.now()
end

-- nginx takes 0 for its default limit.
local function milliseconds(seconds)
  return math.max(math.floor(seconds * 1000), 1)
end

local function connect(deadline, ...)
  local tcp = ngx.socket.tcp()
  tcp:settimeout(milliseconds(deadline - library.gettime()))
  local connected, message = tcp:connect(...)
  if not connected then
    tcp:close()
    local unresolved = message:find("resolve", 1, true)
    return nil, message, message ~= "timeout" and (unresolved and "unresolved" or "refused") or nil
  end
  return setmetatable({tcp = tcp}, Socket)
end

--- Connect to a host.
-- @string host
-- @int port
-- @number deadline
-- @return as @{gym_http_client.sockets.luasocket} says
function library.connect(host, port, deadline)
  return connect(deadline, host, port)
end

--- Connect to a Unix domain socket.
-- @string path
-- @number deadline
-- @return as @{gym_http_client.sockets.luasocket} says
function library.connect_unix(path, deadline)
  return connect(deadline, "unix:" .. path)
end

--- Speak TLS.
-- @param socket a connected socket
-- @string host the name that the certificate must bear
-- @tab options `verify`; nginx knows which certificates to trust
-- @number deadline
-- @return as @{gym_http_client.sockets.luasocket} says
function library.secure(socket, host, options, deadline)
  socket:settimeout(deadline - library.gettime())
  local session, message = socket.tcp:sslhandshake(nil, host, options.verify ~= false)
  return session and socket, message
end

function Socket:settimeout(seconds)
  self.tcp:settimeout(milliseconds(seconds))
end

function Socket:send(data)
  return self.tcp:send(data)
end

function Socket:receive(pattern)
  return self.tcp:receive(pattern)
end

function Socket:close()
  self.tcp:close()
end

return library
