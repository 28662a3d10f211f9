--- Integers that no Lua number of this interpreter can hold exactly.
--
-- JSON and MessagePack carry integers of 64 bits and more; Lua 5.1, 5.2 and LuaJIT count exactly to 2^53, Lua 5.3 and
-- later to 2^63 - 1. What is within is a plain number. What is beyond is an object that
--
--   * is one object for one value: `==` holds, and it can be a table's key;
--   * compares exactly with its like, and with numbers where Lua lets one (not on Lua 5.1, where `<` wants two of a
--     type: there compare with `integer.new(5)`);
--   * is exact in `+`, `-`, `*`, `%` and, on Lua 5.3 and later, `//`, whose results are plain numbers again where those
--     are exact. With a fraction, and in `/` and `^`, it counts as its nearest number;
--   * prints as its digits, by `tostring` and `..`. Lua's `%d` takes no objects: write `%s` of `tostring(x)`;
--   * goes back to the server as the same digits.
--
-- `x:tonumber()` is the nearest number. On LuaJIT the object is cdata, elsewhere a table: ask @{is_integer}.
-- @module gym_http_client.integer

local errors = require("gym_http_client.errors")
local magnitude = require("gym_http_client.encoding.magnitude")

local integer = {}

local floor, format, type = math.floor, string.format, type
local math_type = math.type
local ffi = rawget(_G, "jit") and require("ffi")

local methods = {}
local Integer = {__index = methods}

-- One object for one value: by digits, as long as anybody holds it.
local known = setmetatable({}, {__mode = "v"})
local parts_of = setmetatable({}, {__mode = "k"}) -- by object: negative, limbs, digits

-- LuaJIT compares cdata, but no tables, with numbers; the rest of the object is in parts_of. The type is of a sample,
-- as busted keeps the types of texts, with their metamethods, when it loads this module anew for each file of tests.
local cdata = ffi and ffi.typeof(ffi.new("struct { int8_t gym_http_client_integer; }"))

--- Whether a value is such an object.
-- @param value anything
-- @treturn boolean
function integer.is_integer(value)
  if cdata then
    return type(value) == "cdata" and ffi.istype(cdata, value)
  end
  return getmetatable(value) == Integer
end

local is_integer = integer.is_integer

local function object(digits)
  local found = known[digits]
  if not found then
    found = cdata and cdata() or setmetatable({}, Integer)
    local negative = digits:sub(1, 1) == "-"
    parts_of[found] = {negative = negative, digits = digits, limbs = magnitude.parse(digits:match("%d+"))}
    known[digits] = found
  end
  return found
end

local MOST = magnitude.parse("9007199254740992") -- 2^53

--- The integer with these decimal digits: a plain number where that is exact.
-- @string digits decimal digits, `-` before them if negative, no leading zeros
-- @return a number, or the object described above
function integer.parse(digits)
  local number = tonumber(digits)
  local is_exact
  if math_type then
    is_exact = math_type(number) == "integer"
  else
    is_exact = #digits < 16 or magnitude.compare(magnitude.parse(digits:match("%d+")), MOST) <= 0
  end
  return is_exact and number or object(digits)
end

-- The digits of a whole number.
local function decimal(number)
  return format(math_type and math_type(number) == "integer" and "%d" or "%.0f", number)
end

--- An integer as an object, also where a plain number would do.
-- @param value a whole number, an object, or decimal digits
-- @return the object
-- @raise when the value is no whole number
function integer.new(value)
  if is_integer(value) then
    return value
  elseif type(value) == "number" and floor(value) == value and value - value == 0 then
    value = decimal(value)
  elseif type(value) ~= "string" or not value:find("^%-?%d+$") then
    errors.misuse("no whole number: " .. tostring(value))
  end
  local digits = value:gsub("^(%-?)0+(%d)", "%1%2")
  return object(digits == "-0" and "0" or digits)
end

local function result(negative, limbs)
  local digits = magnitude.digits(limbs)
  return integer.parse(negative and digits ~= "0" and "-" .. digits or digits)
end

local function nearest(value)
  return is_integer(value) and tonumber(parts_of[value].digits .. ".0") or value
end

-- The parts of an operand that is whole; nil for a fraction, an infinity or NaN.
local function whole(value)
  if type(value) == "number" then
    if floor(value) ~= value or value - value ~= 0 then
      return nil
    end
    return {negative = value < 0, limbs = magnitude.parse(decimal(value):match("%d+"))}
  end
  return parts_of[value]
end

-- Below, at or above 0, as a is below, at or above b; NaN where one of them is.
local function compare(a, b)
  local x, y = whole(a), whole(b)
  if not x or not y then
    return nearest(a) - nearest(b) -- fractions are below 2^53
  elseif x.negative ~= y.negative then
    return x.negative and -1 or 1
  end
  local difference = magnitude.compare(x.limbs, y.limbs)
  return x.negative and -difference or difference
end

local function add(x, y, y_negative)
  if x.negative == y_negative then
    return result(x.negative, magnitude.add(x.limbs, y.limbs))
  elseif magnitude.compare(x.limbs, y.limbs) >= 0 then
    return result(x.negative, magnitude.subtract(x.limbs, y.limbs))
  end
  return result(y_negative, magnitude.subtract(y.limbs, x.limbs))
end

local function multiply(x, y)
  return result(x.negative ~= y.negative, magnitude.multiply(x.limbs, y.limbs))
end

-- Quotient and remainder as Lua has them: rounded down, with the divisor's sign.
local function divide(x, y)
  local quotient, rest = magnitude.divide(x.limbs, y.limbs)
  if x.negative ~= y.negative and magnitude.digits(rest) ~= "0" then
    quotient, rest = magnitude.add(quotient, {1}), magnitude.subtract(y.limbs, rest)
  end
  return result(x.negative ~= y.negative, quotient), result(y.negative, rest)
end

-- A metamethod: exact with whole operands, else the operation on the nearest numbers.
local function exactly(exact, otherwise)
  return function(a, b)
    local x, y = whole(a), whole(b)
    if x and y then
      return exact(x, y)
    end
    return otherwise(nearest(a), nearest(b))
  end
end

local function is_zero(y)
  return #y.limbs == 1 and y.limbs[1] == 0
end

function Integer:__tostring() return parts_of[self].digits end
Integer.__tojson = Integer.__tostring
function Integer.__concat(a, b) return tostring(a) .. tostring(b) end
function Integer.__eq(a, b)
  return (type(b) == "number" or is_integer(b)) and (type(a) == "number" or is_integer(a)) and compare(a, b) == 0
end
function Integer.__lt(a, b) return compare(a, b) < 0 end
function Integer.__le(a, b) return compare(a, b) <= 0 end
function Integer:__unm()
  return result(not parts_of[self].negative, parts_of[self].limbs)
end
Integer.__add = exactly(function(x, y) return add(x, y, y.negative) end, function(a, b) return a + b end)
Integer.__sub = exactly(function(x, y) return add(x, y, not y.negative) end, function(a, b) return a - b end)
Integer.__mul = exactly(multiply, function(a, b) return a * b end)
Integer.__mod = exactly(function(x, y)
  return is_zero(y) and 0 / 0 or select(2, divide(x, y))
end, function(a, b) return a % b end)
Integer.__idiv = exactly(function(x, y)
  if is_zero(y) then
    return (x.negative and -1 or 1) / 0
  end
  return (divide(x, y))
end, function(a, b) return floor(a / b) end)
function Integer.__div(a, b) return nearest(a) / nearest(b) end
function Integer.__pow(a, b) return nearest(a) ^ nearest(b) end

--- The nearest number.
-- @treturn number
function methods:tonumber()
  return nearest(self)
end

if ffi then
  ffi.metatype(cdata, Integer)
end

--- The integer `high * 2^32 + low`, negated if asked.
-- @number high 0 to 2^32 - 1
-- @number low 0 to 2^32 - 1
-- @bool negative whether to negate
-- @return a number, or the object described above
function integer.from_halves(high, low, negative)
  if high < 0x200000 then
    local number = high * 0x100000000 + low
    return negative and -number or number
  end
  local function half(value)
    return magnitude.parse(format("%.0f", value))
  end
  local shifted = magnitude.multiply(half(high), half(0x100000000))
  return result(negative, magnitude.add(shifted, half(low)))
end

--- The integer whose two's complement of 64 bits consists of these halves.
-- @number high 0 to 2^32 - 1
-- @number low 0 to 2^32 - 1
-- @return a number, or the object described above
function integer.from_complement(high, low)
  if high < 0x80000000 then
    return integer.from_halves(high, low, false)
  elseif low == 0 then
    return integer.from_halves(0x100000000 - high, 0, true)
  end
  return integer.from_halves(0xFFFFFFFF - high, 0x100000000 - low, true)
end

--- The magnitude of an integer as two halves of 32 bits.
-- @param value an integer object
-- @treturn number high half, nil when the value needs more than 64 bits
-- @treturn number low half
-- @treturn boolean whether the value is negative
function integer.to_halves(value)
  local parts = parts_of[value]
  local high, low = magnitude.divide(parts.limbs, magnitude.parse("4294967296"))
  high, low = tonumber(magnitude.digits(high)), tonumber(magnitude.digits(low))
  if high >= 0x100000000 then
    return nil
  end
  return high, low, parts.negative
end

return integer
