local live = require("live")

-- How eagerly LuaJIT compiles: with these values a wrongly compiled loop over `pairs` showed in one run of five.
local EAGER = "-Ohotloop=5,hotexit=5"
local RUNS = 8

-- For LuaJIT alone: no other interpreter compiles.
describe("a client in a hot loop", function()
  for _, encoding in ipairs(jit and {"default", "json", "msgpack"} or {}) do
    it("sends every action it is given, encoding " .. encoding, function()
      for seed = 1, RUNS do
        local command = ("%s %s spec/support/hot_loop.lua 0.3 %s %d"):format(live.lua, EAGER, encoding, seed)
        local process = assert(io.popen(command))
        assert.equal("0\n", process:read("*a"))
        process:close()
      end
    end)
  end
end)
