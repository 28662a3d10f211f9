-- Start spec/support/faulty.lua as a process of its own.
local live = require("live")
local socket = require("socket")

local proxy = {}

local function quoted(text)
  return "'" .. text:gsub("'", [['\'']]) .. "'"
end

--- A proxy before the live server that commits these faults, one for each request.
-- @tab faults see faulty.lua
-- @string[opt] environment settings for its process, as in `KEY=/tmp/key.pem`
-- @treturn tab with `base`, its URL, and `requests`, a function that ends it and gives what it saw
function proxy.start(faults, environment)
  local words = {environment or "", live.lua, "spec/support/faulty.lua", live.address}
  for _, fault in ipairs(faults) do
    words[#words + 1] = quoted(fault)
  end
  local process = assert(io.popen(table.concat(words, " ")))
  local port = assert(tonumber(process:read("*l")), "the proxy did not start")
  return {
    base = "http://127.0.0.1:" .. port,
    port = port,
    requests = function()
      local ending = socket.connect("127.0.0.1", port)
      if ending then -- faults are left over
        ending:send("END\r\n\r\n")
        ending:close()
      end
      local requests = {}
      for line in process:lines() do
        local request, fields = {}, line:gmatch("[^\t]+")
        for _, name in ipairs({"method", "path", "key", "authorization", "accept", "content_type", "length"}) do
          request[name] = fields()
        end
        requests[#requests + 1] = request
      end
      process:close()
      return requests
    end,
  }
end

return proxy
