--- Numbers as bytes, for MessagePack and its arrays.
--
-- Lua 5.3 and later have `string.unpack`; for the others the formats (IEEE 754 binary16, 32, 64 and two's
-- complement) are taken apart by arithmetic, subnormals, infinities, NaN and the sign of zero included.
-- A type is named as NumPy does: byte order, kind, size in bytes, as in `<f4` or `|u1`.
-- @module gym_http_client.encoding.binary

local integer = require("gym_http_client.integer")

local binary = {}

local byte, char, floor, frexp, huge = string.byte, string.char, math.floor, math.frexp, math.huge
local pack, unpack = string.pack, string.unpack -- Lua 5.3 and later

local function float_from(sign, exponent, mantissa, exponent_bits, mantissa_bits)
  local bias = 2 ^ (exponent_bits - 1) - 1
  local value
  if exponent == 2 * bias + 1 then
    value = mantissa == 0 and huge or 0 / 0
  elseif exponent == 0 then
    value = mantissa * 2 ^ (1 - bias - mantissa_bits)
  else
    value = (mantissa + 2 ^ mantissa_bits) * 2 ^ (exponent - bias - mantissa_bits)
  end
  return sign == 1 and -value or value
end

local function read_f2(low, high)
  return float_from(floor(high / 128), floor(high / 4) % 32, high % 4 * 256 + low, 5, 10)
end

local function read_f4(b1, b2, b3, b4)
  return float_from(floor(b4 / 128), b4 % 128 * 2 + floor(b3 / 128), (b3 % 128 * 256 + b2) * 256 + b1, 8, 23)
end

local function read_f8(b1, b2, b3, b4, b5, b6, b7, b8)
  local mantissa = b7 % 16
  mantissa = (mantissa * 256 + b6) * 256 + b5
  mantissa = ((mantissa * 256 + b4) * 256 + b3) * 256 + b2
  return float_from(floor(b8 / 128), b8 % 128 * 16 + floor(b7 / 16), mantissa * 256 + b1, 11, 52)
end

local function read_u2(b1, b2) return b2 * 256 + b1 end
local function read_u4(b1, b2, b3, b4) return ((b4 * 256 + b3) * 256 + b2) * 256 + b1 end

local function read_u8(b1, b2, b3, b4, b5, b6, b7, b8)
  return integer.from_halves(read_u4(b5, b6, b7, b8), read_u4(b1, b2, b3, b4), false)
end

local function read_i8(b1, b2, b3, b4, b5, b6, b7, b8)
  return integer.from_complement(read_u4(b5, b6, b7, b8), read_u4(b1, b2, b3, b4))
end

local function signed(read, range)
  return function(...)
    local value = read(...)
    return value < range / 2 and value or value - range
  end
end

local function read_u1(b1) return b1 end

-- Each takes the bytes of one number, the least significant first.
local READ = {
  b1 = function(b1) return b1 ~= 0 end,
  u1 = read_u1, u2 = read_u2, u4 = read_u4, u8 = read_u8,
  i1 = signed(read_u1, 256), i2 = signed(read_u2, 65536), i4 = signed(read_u4, 0x100000000), i8 = read_i8,
  f2 = read_f2, f4 = read_f4, f8 = read_f8,
}

-- What string.unpack reads as well, and faster (an unsigned 64-bit integer would wrap).
local FORMAT = {u1 = "B", u2 = "I2", u4 = "I4", i1 = "b", i2 = "i2", i4 = "i4", i8 = "i8", f4 = "f", f8 = "d"}

local function byte_wise(read, size, big_endian)
  if size == 1 then
    return function(data, position)
      return read(byte(data, position))
    end
  elseif big_endian and size == 8 then
    return function(data, position)
      local b1, b2, b3, b4, b5, b6, b7, b8 = byte(data, position, position + 7)
      return read(b8, b7, b6, b5, b4, b3, b2, b1)
    end
  elseif big_endian then
    return function(data, position)
      local b1, b2, b3, b4 = byte(data, position, position + size - 1)
      if size == 2 then
        return read(b2, b1)
      end
      return read(b4, b3, b2, b1)
    end
  end
  return function(data, position)
    return read(byte(data, position, position + size - 1))
  end
end

local readers = {}

--- How to read numbers of a type.
-- @string dtype as NumPy writes it: `<f4`, `>i8`, `|u1`
-- @treturn tab `read` (a function from data and position, counted from 1, to the number), `size` in bytes, and where
-- string.unpack can read it the `letter` and `order` of its format; nil for an unknown type
function binary.reader(dtype)
  local reader = readers[dtype]
  if not reader then
    local order, kind = dtype:match("^([<>|=]?)(%a%d)$")
    if not kind or not READ[kind] then
      return nil
    end
    local size = tonumber(kind:sub(2))
    reader = {size = size, read = byte_wise(READ[kind], size, order == ">")}
    if unpack and FORMAT[kind] then
      reader.letter, reader.order = FORMAT[kind], order == ">" and ">" or "<"
      local format = reader.order .. reader.letter
      reader.read = function(data, position)
        return (unpack(format, data, position))
      end
    end
    readers[dtype] = reader
  end
  return reader
end

-- `value` (0 to 256^size - 1) as `size` bytes, the most significant first.
local function unsigned_bytes(value, size)
  local bytes = {}
  for i = size, 1, -1 do
    bytes[i] = char(value % 256)
    value = floor(value / 256)
  end
  return table.concat(bytes)
end

--- A non-negative integer as bytes, the most significant first.
-- @int value 0 to 256^size - 1
-- @int size 1, 2 or 4
-- @treturn string
binary.unsigned = pack and function(value, size)
  return pack(">I" .. size, value)
end or unsigned_bytes

--- An integer as 8 bytes of two's complement, the most significant first.
-- @int value -2^63 to 2^63 - 1
-- @treturn string
binary.signed64 = pack and function(value)
  return pack(">i8", value)
end or function(value)
  local high = floor(value / 0x100000000)
  return unsigned_bytes(high % 0x100000000, 4) .. unsigned_bytes(value - high * 0x100000000, 4)
end

--- A number as the 8 bytes of an IEEE 754 double, the most significant first.
-- @number value
-- @treturn string
binary.double = pack and function(value)
  return pack(">d", value)
end or function(value)
  if value ~= value then
    return "\127\248\0\0\0\0\0\0"
  end
  local negative = value < 0 or value == 0 and 1 / value < 0
  local magnitude = negative and -value or value
  local exponent, mantissa = 0, 0
  if magnitude == huge then
    exponent = 2047
  elseif magnitude >= 2 ^ -1022 then
    local fraction, power = frexp(magnitude)
    exponent, mantissa = power + 1022, (fraction * 2 - 1) * 2 ^ 52
  elseif magnitude > 0 then
    mantissa = magnitude * 2 ^ 537 * 2 ^ 537
  end
  local high = exponent * 2 ^ 20 + floor(mantissa / 0x100000000) + (negative and 2 ^ 31 or 0)
  return unsigned_bytes(high, 4) .. unsigned_bytes(mantissa % 0x100000000, 4)
end

return binary
