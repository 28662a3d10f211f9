--- MessagePack without loss, with the arrays of the server's API.
--
-- The Lua libraries for MessagePack forget whether an empty table was a list or a map, turn nil members into
-- holes, and on Lua 5.1 and 5.2 round 64-bit integers, drop the sign of zero and flush subnormal doubles; none
-- of them reads typed arrays. Hence this small codec of the formats that the server sends.
-- An array is the map `{"__ndarray__": true, "dtype": "<f4", "shape": [4], "data": <bin>}`; it becomes nested lists.
-- @module gym_http_client.msgpack

local binary = require("gym_http_client.binary")
local safe_pairs = require("gym_http_client.safe_pairs")
local integer = require("gym_http_client.integer")
local json = require("gym_http_client.json")

local msgpack = {}

local byte, char, sub = string.byte, string.char, string.sub
local type = type
local math_type, unsigned = math.type, binary.unsigned
local null = json.null

local MAX_DEPTH = 200

local decode_value -- forward declaration: lists and maps read their members

local function decode_array(data, position, length)
  local list = {}
  for i = 1, length do
    list[i], position = decode_value(data, position)
  end
  return list, position
end

local function decode_map(data, position, length)
  local map = json.object()
  local key
  for _ = 1, length do
    key, position = decode_value(data, position)
    map[key], position = decode_value(data, position)
  end
  if map.__ndarray__ then
    local array, message = binary.array(map.dtype, map.shape, map.data)
    if array == nil then
      error(message, 0)
    end
    return array, position
  end
  return map, position
end

local function decode_string(data, position, length)
  if position + length - 1 > #data then
    error("the document ends within a string", 0)
  end
  return sub(data, position, position + length - 1), position + length
end

local function scalar(dtype)
  local reader = binary.reader(dtype)
  local read, size = reader.read, reader.size
  return function(data, position)
    return read(data, position), position + size
  end
end

-- A value of one of the three kinds that begin with their length.
local function sized(dtype, decode)
  local reader = binary.reader(dtype)
  local read, size = reader.read, reader.size
  return function(data, position)
    return decode(data, position + size, read(data, position))
  end
end

local function constant(value)
  return function(_, position)
    return value, position
  end
end

local DECODE = {
  [0xC0] = constant(null), [0xC2] = constant(false), [0xC3] = constant(true),
  [0xC4] = sized("|u1", decode_string), [0xC5] = sized(">u2", decode_string), [0xC6] = sized(">u4", decode_string),
  [0xCA] = scalar(">f4"), [0xCB] = scalar(">f8"),
  [0xCC] = scalar("|u1"), [0xCD] = scalar(">u2"), [0xCE] = scalar(">u4"), [0xCF] = scalar(">u8"),
  [0xD0] = scalar("|i1"), [0xD1] = scalar(">i2"), [0xD2] = scalar(">i4"), [0xD3] = scalar(">i8"),
  [0xD9] = sized("|u1", decode_string), [0xDA] = sized(">u2", decode_string), [0xDB] = sized(">u4", decode_string),
  [0xDC] = sized(">u2", decode_array), [0xDD] = sized(">u4", decode_array),
  [0xDE] = sized(">u2", decode_map), [0xDF] = sized(">u4", decode_map),
}

function decode_value(data, position)
  local first = byte(data, position)
  position = position + 1
  if first < 0x80 then
    return first, position
  elseif first < 0x90 then
    return decode_map(data, position, first - 0x80)
  elseif first < 0xA0 then
    return decode_array(data, position, first - 0x90)
  elseif first < 0xC0 then
    return decode_string(data, position, first - 0xA0)
  elseif first >= 0xE0 then
    return first - 0x100, position
  end
  local decode = DECODE[first]
  if not decode then
    error(("unknown format 0x%02X at byte %d"):format(first, position - 1), 0)
  end
  return decode(data, position)
end

--- Read a MessagePack document.
-- @string data
-- @return the value, or nil and what was wrong
function msgpack.decode(data)
  -- Reading past the end raises within; the cause is the same for every format.
  local ok, value, position = pcall(decode_value, data, 1)
  if not ok then
    return nil, "not a whole MessagePack document: " .. tostring(value)
  elseif position <= #data then
    return nil, "something follows the end of the document"
  end
  return value
end

-- The header of a string, list or map: its length in the smallest format (`short` + length below `limit`).
local function header(length, short, limit, format8, format16)
  if length < limit then
    return char(short + length)
  elseif format8 and length < 0x100 then
    return char(format8, length)
  elseif length < 0x10000 then
    return char(format16) .. unsigned(length, 2)
  end
  return char(format16 + 1) .. unsigned(length, 4)
end

local function is_whole(number)
  if math_type then
    return math_type(number) == "integer"
  end
  return number % 1 == 0 and number >= -2^63 and number < 2^63 and not (number == 0 and 1 / number < 0)
end

local function number_bytes(number)
  if not is_whole(number) then
    return "\203" .. binary.double(number)
  elseif number >= 0 and number < 0x80 then
    return char(number)
  elseif number < 0 and number >= -0x20 then
    return char(0x100 + number)
  end
  return "\211" .. binary.signed64(number)
end

local function integer_bytes(value)
  local high, low, negative = integer.to_halves(value)
  if not high or negative and (high > 0x80000000 or high == 0x80000000 and low > 0) then
    error("cannot encode the integer " .. value.digits .. ": MessagePack has 64 bits for one", 0)
  elseif not negative then
    return "\207" .. unsigned(high, 4) .. unsigned(low, 4)
  elseif low == 0 then
    return "\211" .. unsigned(0x100000000 - high, 4) .. unsigned(0, 4)
  end
  return "\211" .. unsigned(0xFFFFFFFF - high, 4) .. unsigned(0x100000000 - low, 4)
end

local write -- forward declaration

local function write_map(value, out, depth)
  local length = 0
  local at = #out + 1
  out[at] = ""
  for key, member in safe_pairs(value) do
    if type(key) ~= "string" then
      error("cannot encode a table whose keys are neither 1..n nor all strings (found the key "
        .. tostring(key) .. ")", 0)
    end
    write(key, out, depth)
    write(member, out, depth)
    length = length + 1
  end
  out[at] = header(length, 0x80, 0x10, nil, 0xDE)
end

function write(value, out, depth)
  local kind = type(value)
  if kind == "number" then
    out[#out + 1] = number_bytes(value)
  elseif kind == "string" then
    out[#out + 1] = header(#value, 0xA0, 0x20, 0xD9, 0xDA)
    out[#out + 1] = value
  elseif kind == "boolean" then
    out[#out + 1] = value and "\195" or "\194"
  elseif value == nil or value == null then
    out[#out + 1] = "\192"
  elseif kind ~= "table" then
    error("cannot encode a " .. kind, 0)
  elseif integer.is_integer(value) then
    out[#out + 1] = integer_bytes(value)
  elseif depth > MAX_DEPTH then
    error("cannot encode a table nested deeper than " .. MAX_DEPTH .. " levels (does it contain itself?)", 0)
  elseif json.is_array(value) then
    out[#out + 1] = header(#value, 0x90, 0x10, nil, 0xDC)
    for i = 1, #value do
      write(value[i], out, depth + 1)
    end
  else
    write_map(value, out, depth + 1)
  end
end

--- Write a value as MessagePack.
-- @param value numbers, strings, booleans, `null`, and tables of them
-- @treturn string the document
-- @raise when something has no such form: a function, a list with holes, a table that contains itself
function msgpack.encode(value)
  local out = {}
  write(value, out, 1)
  return table.concat(out)
end

return msgpack
