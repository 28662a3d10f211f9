--- The sockets of LuaSocket, on which a client waits.
--
-- What the option `socket` of a client asks of a library of sockets:
--
--   * `connect(host, port, deadline)`: a socket, connected without Nagle's delay; else nil, what was wrong (`"timeout"`
--     where the deadline has passed), and `"unresolved"` or `"refused"` where the host has no address or none listens;
--   * `connect_unix(path, deadline)`: the same for a Unix domain socket; `"unresolved"` where there cannot be one.
--     Without this function there are no addresses `unix:/path`;
--   * `secure(socket, host, options, deadline)`: the same socket speaking TLS, with the options `cafile` and `verify`
--     of the client; else nil and what was wrong. Without this function there is no https;
--   * `gettime()`: seconds on a clock, that of the deadlines; `sleep(seconds)`;
--   * `yields`: true where waiting lets other coroutines run.
--
-- A socket has LuaSocket's methods `settimeout(seconds)`, `send(data)`, `receive("*l" | "*a" | number)` and `close()`.
-- @module gym_http_client.sockets.luasocket

local socket = require("socket")

local luasocket = {gettime = socket.gettime, sleep = socket.sleep}

-- LuaSocket takes a negative number for no limit.
local function left_until(deadline)
  local left = deadline - socket.gettime()
  return left > 0 and left or 0
end

--- Connect to the first address of a host that takes a connection.
-- @string host
-- @int port
-- @number deadline
-- @return as said above
function luasocket.connect(host, port, deadline)
  local addresses, message = socket.dns.getaddrinfo(host)
  if not addresses then
    return nil, message, "unresolved"
  end
  for _, address in ipairs(addresses) do
    local tcp = assert(socket.tcp())
    tcp:settimeout(left_until(deadline), "t")
    local ok
    ok, message = tcp:connect(address.addr, port)
    if ok then
      tcp:setoption("tcp-nodelay", true)
      return tcp
    end
    tcp:close()
    if message == "timeout" then
      return nil, message
    end
  end
  return nil, message, "refused"
end

--- Connect to a Unix domain socket.
-- @string path
-- @number deadline
-- @return as said above
function luasocket.connect_unix(path, deadline)
  local loaded, unix = pcall(require, "socket.unix")
  if not loaded then
    return nil, "a unix: address needs LuaSocket's module socket.unix, which this LuaSocket lacks (Debian's lua-socket "
      .. "and the rock on Unix systems have it)", "unresolved"
  end
  local stream = assert(unix.stream())
  stream:settimeout(left_until(deadline), "t")
  local ok, message = stream:connect(path)
  if not ok then
    stream:close()
    return nil, message, message == "path too long" and "unresolved" or message ~= "timeout" and "refused" or nil
  end
  return stream
end

--- Speak TLS.
-- @param tcp a connected socket
-- @string host the name that the certificate must bear
-- @tab options
-- @number deadline
-- @return as said above
function luasocket.secure(tcp, host, options, deadline)
  return require("gym_http_client.sockets.tls").wrap(tcp, host, options, left_until(deadline))
end

return luasocket
