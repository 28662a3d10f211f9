local integer = require("gym_http_client.integer")
local json = require("gym_http_client.encoding.json")
local msgpack = require("gym_http_client.encoding.msgpack")
local raises = require("raises")

local function bytes(hex)
  return (hex:gsub("%s", ""):gsub("%x%x", function(pair) return string.char(tonumber(pair, 16)) end))
end

local function hex(data)
  return (data:gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

local function ndarray(dtype, shape, data)
  return msgpack.encode({__ndarray__ = true, dtype = dtype, shape = shape, data = bytes(data)})
end

local function decoded(text_of_hex)
  local value, message = msgpack.decode(bytes(text_of_hex))
  assert.is_nil(message)
  return json.encode(value)
end

describe("MessagePack", function()
  it("reads every format of the specification that the API uses", function()
    for text, expected in pairs({
      ["00"] = "0", ["7f"] = "127", ["ff"] = "-1", ["e0"] = "-32",
      ["cc ff"] = "255", ["cd ff ff"] = "65535", ["ce ff ff ff ff"] = "4294967295",
      ["d0 80"] = "-128", ["d1 80 00"] = "-32768", ["d2 80 00 00 00"] = "-2147483648",
      ["cf 00 20 00 00 00 00 00 01"] = "9007199254740993", ["cf ff ff ff ff ff ff ff ff"] = "18446744073709551615",
      ["d3 ff df ff ff ff ff ff ff"] = "-9007199254740993", ["d3 80 00 00 00 00 00 00 00"] = "-9223372036854775808",
      ["d3 7f ff ff ff ff ff ff ff"] = "9223372036854775807", ["d3 ff ff ff ff 00 00 00 00"] = "-4294967296",
      ["cb 3f d3 33 33 33 33 33 34"] = "0.30000000000000004", ["cb 80 00 00 00 00 00 00 00"] = "-0.0",
      ["cb 00 07 30 d6 78 19 e8 d2"] = "1e-308",
      ["ca 3d cc cc cd"] = "0.10000000149011612",
      ["c0"] = "null", ["c2"] = "false", ["c3"] = "true",
      ["a1 61"] = '"a"', ["d9 01 61"] = '"a"', ["da 00 01 61"] = '"a"', ["db 00 00 00 01 61"] = '"a"',
      ["c4 01 61"] = '"a"', ["c5 00 01 61"] = '"a"', ["c6 00 00 00 01 61"] = '"a"',
      ["90"] = "[]", ["92 01 c0"] = "[1,null]", ["dc 00 01 01"] = "[1]", ["dd 00 00 00 01 01"] = "[1]",
      ["80"] = "{}", ["81 a1 61 80"] = '{"a":{}}', ["de 00 01 a1 61 90"] = '{"a":[]}',
      ["df 00 00 00 01 a1 61 01"] = '{"a":1}',
    }) do
      assert.equal(expected, decoded(text), text)
    end
  end)

  it("gives back what it was given", function()
    local values = {
      0, 127, 128, 255, 65536, 2^31, 2^32, 2^53, -1, -32, -33, -129, -2^31 - 1, -2^53, 0.5, 0.1 + 0.2, 1e-308, 2^-1074,
      2^-1022, 1.7976931348623157e308, "", ("x"):rep(31), ("x"):rep(32), ("x"):rep(256), ("x"):rep(65536), true, false,
    }
    for _, value in ipairs(values) do
      assert.equal(value, (msgpack.decode(msgpack.encode(value))))
    end
    assert.equal(-math.huge, 1 / msgpack.decode(msgpack.encode(-1 / math.huge)))
    for _, value in ipairs({math.huge, -math.huge}) do
      assert.equal(value, msgpack.decode(msgpack.encode(value)))
    end
    local nan = msgpack.decode(msgpack.encode(0 / 0))
    assert.is_true(nan ~= nan)
    for _, length in ipairs({0, 15, 16, 65535, 65536}) do
      local list = {}
      for i = 1, length do list[i] = i % 7 end
      assert.same(list, (msgpack.decode(msgpack.encode(list))))
    end
    local text = "[9007199254740993,-9007199254740993,9223372036854775807,-9223372036854775808,"
      .. "18446744073709551615,{},[]]"
    assert.equal(text, json.encode(msgpack.decode(msgpack.encode(json.decode(text)))))
  end)

  it("writes integers as integers", function()
    assert.equal("93017fd300000000000000ff", hex(msgpack.encode({1, 127, 255})))
    assert.equal("cb3fe0000000000000", hex(msgpack.encode(0.5)))
  end)

  it("reads arrays of every type, in their shape", function()
    for _, case in ipairs({
      {"<f4", {2}, "0000003f cdccccbd", "[0.5,-0.10000000149011612]"},
      {"<f4", {3}, "0000807f 000080ff 0000c07f", "[1e100,-1e100,null]"},
      {"<f4", {2}, "01000000 00000080", "[1.401298464324817e-45,-0.0]"},
      {"<f8", {1, 2}, "343333333333d33f 0100000000000000", "[[0.30000000000000004,4.94065645841247e-324]]"},
      {"<f2", {4}, "0038 0300 00fc 66b6", "[0.5,1.7881393432617188e-07,-1e100,-0.39990234375]"},
      {"|u1", {2, 1, 2}, "00 01 fe ff", "[[[0,1]],[[254,255]]]"},
      {"|i1", {2}, "80 7f", "[-128,127]"},
      {"<u2", {1}, "ffff", "[65535]"}, {"<i2", {2}, "0080 ff7f", "[-32768,32767]"},
      {"<u4", {1}, "ffffffff", "[4294967295]"}, {"<i4", {2}, "00000080 ffffffff", "[-2147483648,-1]"},
      {"<u8", {1}, "ffffffffffffffff", "[18446744073709551615]"},
      {"<i8", {3}, "0100000000002000 ffffffffffffdfff 0000000000000080",
        "[9007199254740993,-9007199254740993,-9223372036854775808]"},
      {"|b1", {2}, "00 01", "[false,true]"},
      {"<i8", {}, "0500000000000000", "5"},
      {"<f4", {0}, "", "[]"}, {"<f4", {2, 0}, "", "[[],[]]"},
    }) do
      local dtype, shape, data, expected = case[1], case[2], case[3], case[4]
      local value = assert(msgpack.decode(ndarray(dtype, shape, data)))
      assert.equal(expected, json.encode(value), dtype)
    end
  end)

  it("reads long rows of bytes", function()
    local row = assert(msgpack.decode(ndarray("|u1", {1, 5000}, ("07"):rep(5000))))[1]
    assert.equal(5000, #row)
    assert.equal(7, row[5000])
  end)

  it("refuses what is no whole document, and says why", function()
    for _, text in ipairs({"", "92 01", "a5 61", "cb 00", "c1", "01 02", "d4 00 00", "81 a1", "dd ff ff ff ff"}) do
      local value, message = msgpack.decode(bytes(text))
      assert.is_nil(value, text)
      assert.is_string(message)
    end
    assert.is_nil((msgpack.decode(ndarray("<f4", {2}, "00000000"))))
    assert.is_nil((msgpack.decode(ndarray("<x9", {1}, "00"))))
  end)

  it("refuses to write what it cannot carry", function()
    raises("cannot encode a function", msgpack.encode, {print})
    raises("cannot encode a table with keys of a list (1) and of an object ('x')", msgpack.encode, {5, x = 1})
    raises("cannot encode the integer 18446744073709551616: MessagePack has 64 bits for one",
      msgpack.encode, integer.parse("18446744073709551616"))
  end)

  local has_library, library = pcall(require, "MessagePack") -- Debian has it for all but Lua 5.4
  if has_library then
    it("agrees with lua-MessagePack", function()
      local value = {id = 7, list = {1, -200, 70000, 0.25, "x", true, {deep = {false}}}, text = ("y"):rep(300)}
      assert.same(value, library.unpack(msgpack.encode(value)))
      assert.same(value, (msgpack.decode(library.pack(value))))
    end)
  end
end)
