local integer = require("gym_http_client.integer")
local json = require("gym_http_client.encoding.json")
local raises = require("raises")

-- Whether Lua compares a table or cdata with a number at all; 5.1 does not.
local compares_kinds = pcall(function() return integer.new("99999999999999999999") < 5 end)

local function big(digits)
  return integer.new(digits)
end

local BIG, MORE = big("18446744073709551614"), big("18446744073709551615")

describe("an integer beyond what numbers hold", function()
  it("is one object for one value", function()
    assert.is_true(BIG == big("18446744073709551614"))
    assert.is_true(rawequal(BIG, json.decode("[18446744073709551614]")[1]))
    local seen = {[BIG] = "here"}
    assert.equal("here", seen[json.decode("[18446744073709551614]")[1]])
    assert.is_false(BIG == MORE)
    assert.is_false(BIG == nil)
  end)

  it("is as good from a module that was loaded anew, as runners of tests do", function()
    local names = {"gym_http_client.integer", "gym_http_client.encoding.magnitude"}
    local loaded = {}
    for _, name in ipairs(names) do
      loaded[name], package.loaded[name] = package.loaded[name], nil
    end
    local anew = require("gym_http_client.integer")
    for name, module in pairs(loaded) do
      package.loaded[name] = module
    end
    local value = anew.new("18446744073709551615")
    assert.is_true(anew.is_integer(value))
    assert.equal("18446744073709551615", tostring(value))
    assert.equal(1, value - anew.new("18446744073709551614"))
    assert.equal("18446744073709551615", tostring(MORE))
  end)

  it("compares exactly, not by the nearest double", function()
    assert.is_true(BIG < MORE and BIG <= MORE and MORE > BIG and MORE >= BIG)
    assert.is_true(-MORE < -BIG and -BIG < BIG)
    if compares_kinds then
      assert.is_true(5 < BIG and BIG > 5.5 and -BIG < 0 and BIG < math.huge and BIG > -math.huge)
      assert.is_true(2^64 > MORE and MORE < 2^64)
    end
    assert.is_true(big(5) < BIG and big(-5) < big(5))
  end)

  it("computes exactly, and becomes a number again where it can", function()
    assert.equal(1, MORE - BIG)
    assert.equal("36893488147419103229", tostring(MORE + BIG))
    assert.equal("340282366920938463408034375210639556610", tostring(MORE * BIG))
    assert.equal("-18446744073709551615", tostring(-MORE))
    assert.is_true(BIG + 1 == MORE)
    assert.equal(615, MORE % 1000)
    local long = big("123456789012345678901234567890")
    local divisor = big("98765432109870")
    assert.equal(80262289527300, long % divisor)
    assert.equal(18503142582570, -long % divisor)
    assert.equal(-18503142582570, long % -98765432109870)
    assert.equal(MORE:tonumber() / 2, MORE / 2)
    assert.equal(MORE:tonumber() + 0.5, MORE + 0.5)
    assert.equal(MORE:tonumber() ^ 2, MORE ^ 2)
        if math.type then
      local divide = load("return ... // 10") -- no syntax of the other interpreters
      assert.equal("1844674407370955161", tostring(divide(MORE)))
      assert.equal("-1844674407370955162", tostring(divide(-MORE)))
    end
  end)

  it("multiplies and divides as schoolbooks do", function()
    for _ = 1, 300 do
      local a, b = big(math.random(1, 2^31 - 2)), big(math.random(1, 2^31 - 2))
      local c = big(math.random(0, 2^20))
      local product = big(a * b) * b
      assert.is_true(big(product % b) == big(0))
      assert.is_true(big((product + c) % b) == big(c % b))
      assert.is_true(big(product + c) - c == product)
    end
  end)

  it("prints as its digits", function()
    assert.equal("18446744073709551615", tostring(MORE))
    assert.equal("n = 18446744073709551615!", "n = " .. MORE .. "!")
  end)

  it("is a plain number up to where numbers count exactly", function()
    local most = math.type and "9223372036854775807" or "9007199254740992"
    local beyond = math.type and "9223372036854775808" or "9007199254740993"
    assert.equal("number", type(integer.parse(most)))
    assert.equal("number", type(integer.parse("-" .. most)))
    assert.is_true(integer.is_integer(integer.parse(beyond)))
    assert.is_true(integer.is_integer(integer.parse("9007199254740994")) == not math.type)
    assert.equal("number", type(integer.parse(beyond) - 1))
    assert.is_true(big("007") == big(7) and big("-0") == big(0))
  end)

  it("is made of nothing but whole numbers", function()
    for _, value in ipairs({1.5, math.huge, 0 / 0, "1.5", "x", {}}) do
      assert.has_error(function() integer.new(value) end)
    end
    raises("no whole number: 1.5", function() integer.new(1.5) end)
  end)
end)
