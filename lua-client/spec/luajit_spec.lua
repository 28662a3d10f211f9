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

describe("cdata", function()
  if not jit then
    return
  end
  local ffi = require("ffi")
  local json = require("gym_http_client.encoding.json")
  local msgpack = require("gym_http_client.encoding.msgpack")
  local raises = require("raises")

  local big = ffi.new("int64_t", 2^53) + 1 -- written 9007199254740993LL, which other interpreters cannot read

  local minus_one = ffi.new("int64_t", -1)

  it("is sent as the number or the array that it is", function()
    for text, value in pairs({
      ["9007199254740993"] = big, ["18446744073709551615"] = ffi.cast("uint64_t", minus_one), ["-1"] = minus_one,
      ["0.5"] = ffi.new("float", 0.5), ["7"] = ffi.new("uint8_t", 7), ["true"] = ffi.new("bool", true),
      ["[1,2]"] = ffi.new("int32_t[2]", {1, 2}), ["[0.5]"] = ffi.new("float[?]", 1, {0.5}),
      ["[[1,2],[3,4]]"] = ffi.new("double[2][2]", {{1, 2}, {3, 4}}),
      ["[true,false]"] = ffi.new("bool[2]", {true, false}), ["[9007199254740993]"] = ffi.new("int64_t[1]", {big}),
      ["[3,4]"] = ffi.new("double[2][2]", {{1, 2}, {3, 4}})[1],
    }) do
      assert.equal(text, json.encode(value))
      assert.equal(text, json.encode(msgpack.decode(msgpack.encode({value}))[1]))
    end
  end)

  it("is refused where it is neither", function()
    local pointer = ffi.cast("float*", ffi.new("float[1]"))
    for _, value in ipairs({pointer, ffi.new("struct {int x;}"), ffi.new("complex", 1, 2)}) do
      raises("cannot encode the cdata " .. tostring(value), json.encode, {value})
      raises("cannot encode the cdata " .. tostring(value), msgpack.encode, {value})
    end
  end)
end)
