--- Integers that no Lua number of this interpreter can hold exactly.
--
-- JSON and MessagePack carry integers of 64 bits; Lua 5.1, 5.2 and LuaJIT count exactly to 2^53 only, Lua 5.3
-- and later to 2^63. Such an integer arrives as an object that keeps its digits, and goes back as the same
-- digits. It prints as them, compares with its like, and takes part in arithmetic as its nearest number.
-- @module gym_http_client.integer

local integer = {}

local Integer = {}
Integer.__index = Integer

local floor, format = math.floor, string.format
local math_type = math.type

local function nearest(value)
  return getmetatable(value) == Integer and tonumber(value.digits) or value
end

function Integer:__tostring() return self.digits end
function Integer:__tojson() return self.digits end
function Integer.__eq(a, b) return a.digits == b.digits end
function Integer.__lt(a, b) return nearest(a) < nearest(b) end
function Integer.__le(a, b) return nearest(a) <= nearest(b) end
function Integer.__add(a, b) return nearest(a) + nearest(b) end
function Integer.__sub(a, b) return nearest(a) - nearest(b) end
function Integer.__mul(a, b) return nearest(a) * nearest(b) end
function Integer.__div(a, b) return nearest(a) / nearest(b) end
function Integer.__mod(a, b) return nearest(a) % nearest(b) end
function Integer.__pow(a, b) return nearest(a) ^ nearest(b) end
function Integer:__unm() return -nearest(self) end

local function is_exact(number, digits)
  if math_type then
    return math_type(number) == "integer"
  end
  return number > -2^63 and number < 2^63 and format("%.0f", number) == digits
end

--- The integer with these decimal digits: a plain number where that is exact.
-- @string digits decimal digits, `-` before them if negative, no leading zeros
-- @return a number, or the object described above
function integer.parse(digits)
  local number = tonumber(digits)
  if is_exact(number, digits) then
    return number
  end
  return setmetatable({digits = digits}, Integer)
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
  -- Schoolbook division by 10^6 over four 16-bit digits, so that every step stays far below 2^53.
  local words = {floor(high / 65536), high % 65536, floor(low / 65536), low % 65536}
  local groups = {}
  for group = 1, 4 do
    local rest = 0
    for i = 1, 4 do
      local part = rest * 65536 + words[i]
      words[i] = floor(part / 1000000)
      rest = part % 1000000
    end
    groups[5 - group] = format("%06d", rest)
  end
  local digits = table.concat(groups):gsub("^0+", "")
  return integer.parse(negative and "-" .. digits or digits)
end

--- The magnitude of an integer as two halves of 32 bits.
-- @param value an integer object
-- @treturn number high half, nil when the value needs more than 64 bits
-- @treturn number low half
-- @treturn boolean whether the value is negative
function integer.to_halves(value)
  local words = {0, 0, 0, 0}
  for digit in value.digits:gmatch("%d") do
    local carry = tonumber(digit)
    for i = 4, 1, -1 do
      local part = words[i] * 10 + carry
      words[i] = part % 65536
      carry = floor(part / 65536)
    end
    if carry > 0 then
      return nil
    end
  end
  return words[1] * 65536 + words[2], words[3] * 65536 + words[4], value.digits:sub(1, 1) == "-"
end

--- Whether a value is such an object.
-- @param value anything
-- @treturn boolean
function integer.is_integer(value)
  return getmetatable(value) == Integer
end

return integer
