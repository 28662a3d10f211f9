--- Rows of numbers taken apart by arithmetic, for interpreters that have neither string.unpack nor an FFI.
--
-- The calls of @{gym_http_client.encoding.binary}, one for each number, written out.
-- @module gym_http_client.encoding.arithmetic

local integer = require("gym_http_client.integer")

local arithmetic = {}

local byte, huge, min = string.byte, math.huge, math.min

local AT_ONCE = 192 -- bytes, of which string.byte gives that many without exhausting the stack

-- 2^(exponent - bias - bits of the mantissa), by exponent.
local POWERS_OF_4, POWERS_OF_8 = {}, {}
for exponent = 1, 254 do
  POWERS_OF_4[exponent] = 2 ^ (exponent - 150)
end
for exponent = 1, 2046 do
  POWERS_OF_8[exponent] = 2 ^ (exponent - 1075)
end

-- A function that reads a row of numbers of `size` bytes: `take` puts those of `bytes` into the list, after `at`.
local function row_by(size, take)
  return function(self, position, count)
    local list, data, length = {}, self.data, count * size
    for start = 0, length - 1, AT_ONCE do
      local bytes = {byte(data, position + start, position + min(start + AT_ONCE, length) - 1)}
      take(list, start / size, bytes, #bytes)
    end
    return list
  end
end

--- How to read a row, by its dtype.
arithmetic.row_of = {
  ["<f4"] = row_by(4, function(list, at, bytes, length)
    for i = 4, length, 4 do
      local last, third = bytes[i], bytes[i - 1]
      local upper = third % 128
      local mantissa = (upper * 256 + bytes[i - 2]) * 256 + bytes[i - 3]
      local exponent = last % 128 * 2 + (third - upper) / 128
      local value
      if exponent == 0 then
        value = mantissa * 2 ^ -149
      elseif exponent == 255 then
        value = mantissa == 0 and huge or 0 / 0
      else
        value = (mantissa + 0x800000) * POWERS_OF_4[exponent]
      end
      at = at + 1
      list[at] = last >= 128 and -value or value
    end
  end),
  ["<f8"] = row_by(8, function(list, at, bytes, length)
    for i = 8, length, 8 do
      local last, seventh = bytes[i], bytes[i - 1]
      local upper = seventh % 16
      local mantissa = ((upper * 256 + bytes[i - 2]) * 256 + bytes[i - 3]) * 0x100000000
        + ((bytes[i - 4] * 256 + bytes[i - 5]) * 256 + bytes[i - 6]) * 256 + bytes[i - 7]
      local exponent = last % 128 * 16 + (seventh - upper) / 16
      local value
      if exponent == 0 then
        value = mantissa * 2 ^ -1074
      elseif exponent == 2047 then
        value = mantissa == 0 and huge or 0 / 0
      else
        value = (mantissa + 0x10000000000000) * POWERS_OF_8[exponent]
      end
      at = at + 1
      list[at] = last >= 128 and -value or value
    end
  end),
  ["<i8"] = row_by(8, function(list, at, bytes, length)
    for i = 8, length, 8 do
      local high = ((bytes[i] * 256 + bytes[i - 1]) * 256 + bytes[i - 2]) * 256 + bytes[i - 3]
      local low = ((bytes[i - 4] * 256 + bytes[i - 5]) * 256 + bytes[i - 6]) * 256 + bytes[i - 7]
      at = at + 1
      if high < 0x200000 then
        list[at] = high * 0x100000000 + low
      elseif high >= 0xFFE00000 then
        list[at] = (high - 0x100000000) * 0x100000000 + low
      else
        list[at] = integer.from_complement(high, low)
      end
    end
  end),
}

return arithmetic
