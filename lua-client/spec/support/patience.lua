-- LuaSocket on a clock that only pauses move: how long a client waits between attempts, on however busy a machine.
local luasocket = require("gym_http_client.sockets.luasocket")

local patience = {}

--- A clock, and sockets that keep to it.
-- @treturn tab with `library`, for the option `socket`, and `paused`, a function: the seconds of all pauses
function patience.clock()
  local now = 0
  local library = {
    gettime = function() return now end,
    sleep = function(seconds) now = now + seconds end,
    connect = function(host, port, deadline)
      return luasocket.connect(host, port, luasocket.gettime() + deadline - now)
    end,
    connect_unix = function(path, deadline)
      return luasocket.connect_unix(path, luasocket.gettime() + deadline - now)
    end,
  }
  return {library = library, paused = function() return now end}
end

return patience
