local json = require("gym_http_client.encoding.json")
local raises = require("raises")

local function round_trip(text)
  return json.encode(assert(json.decode(text)))
end

local function same_number(expected, actual)
  assert.equal(expected, actual)
  assert.equal(1 / expected, 1 / actual) -- tells 0.0 from -0.0
end

describe("JSON", function()
  it("keeps every bit of a double", function()
    local doubles = {
      0.1 + 0.2, 1 / 3, 2^53, 1e-308, 2^-1074, 2^-1022, 9.9e99, 0.10000000149011612, 1e22, 123456789.123456789,
    }
    for _, double in ipairs(doubles) do
      same_number(double, json.decode(json.encode({double}))[1])
      same_number(-double, json.decode(json.encode({-double}))[1])
    end
  end)

  it("writes the shortest digits that read back", function()
    assert.equal("[0.1,0.30000000000000004,1e-308]", json.encode({0.1, 0.1 + 0.2, 1e-308}))
  end)

  it("keeps the sign of zero", function()
    assert.equal("[-0.0]", round_trip("[-0.0]"))
  end)

  it("keeps integers of any length", function()
    local text = "[9007199254740992,9007199254740993,-9007199254740993,9223372036854775807,-9223372036854775808,"
      .. "18446744073709551615,123456789012345678901234567890]"
    assert.equal(text, round_trip(text))
    local mixed = json.decode('{"n": 9007199254740993, "s": "x[9007199254740993,\\\"1]", "f": 1.2345678901234567e19}')
    assert.equal("9007199254740993", tostring(mixed.n))
    assert.equal('x[9007199254740993,"1]', mixed.s)
    assert.equal(1.2345678901234567e19, mixed.f)
  end)

  it("has integers where Lua has them", function()
    if math.type then
      assert.equal("integer", math.type(json.decode("[1]")[1]))
      assert.equal("float", math.type(json.decode("[1.0]")[1]))
      assert.equal("[1,1.0,9223372036854775807]", round_trip("[1,1.0,9223372036854775807]"))
    else
      assert.equal("[1,1]", round_trip("[1,1.0]"))
    end
  end)

  it("writes infinities and NaN by the API's convention", function()
    assert.equal("[1e100,-1e100,null]", json.encode({math.huge, -math.huge, 0 / 0}))
  end)

  it("tells empty lists from empty objects", function()
    assert.equal('[{},[],[{}],{"a":[]}]', round_trip('[{},[],[{}],{"a":[]}]'))
    assert.equal("[]", json.encode({}))
    assert.equal("{}", json.encode(json.object()))
  end)

  it("keeps null", function()
    assert.equal("[1,null,3]", round_trip("[1,null,3]"))
    assert.equal(json.null, json.decode('{"a":null}').a)
  end)

  it("keeps text", function()
    local texts = {"plain", 'a"b\\c\n\t\0z', "\195\169\226\130\172\240\159\142\174", "integer0:7"}
    assert.same(texts, json.decode(json.encode(texts)))
    assert.equal("\240\159\142\174", json.decode('["\\ud83c\\udfae"]')[1])
    assert.equal("integer0:7", json.decode('["integer0:7",9007199254740993]')[1])
  end)

  it("refuses what is no JSON, and says why", function()
    local deep = ("["):rep(1e5)
    for _, text in ipairs({"", "{", "[1", "nan", "[NaN]", "[Infinity]", '{"a":}', "[1] 2", "<html>", '"open', deep}) do
      local value, message = json.decode(text)
      assert.is_nil(value, text:sub(1, 20))
      assert.is_string(message)
    end
  end)

  it("refuses a table that contains itself", function()
    local knot = {}
    knot[1] = knot
    raises("cannot encode a table nested deeper than 200 levels (does it contain itself?)", json.encode, knot)
  end)
end)
