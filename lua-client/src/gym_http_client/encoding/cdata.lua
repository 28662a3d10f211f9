--- LuaJIT's own numbers and arrays (`1LL`, `ffi.new("float[4]")`) as values to send.
-- @module gym_http_client.encoding.cdata

local arrays = require("gym_http_client.arrays")
local integer = require("gym_http_client.integer")
local safe_pairs = require("gym_http_client.safe_pairs")

local cdata = {}

local ffi = rawget(_G, "jit") and require("ffi")

local function name_of(ctype)
  return tostring(ffi.typeof(ctype)):match("^ctype<(.*)>$")
end

-- The dtypes of C's numbers, by their names as LuaJIT says them.
local DTYPES = {}
if ffi then
  for dtype, names in safe_pairs({
    ["|b1"] = {"bool"}, ["|i1"] = {"int8_t", "char"}, ["|u1"] = {"uint8_t"}, ["<i2"] = {"int16_t"},
    ["<u2"] = {"uint16_t"}, ["<i4"] = {"int32_t"}, ["<u4"] = {"uint32_t"}, ["<i8"] = {"int64_t"},
    ["<u8"] = {"uint64_t"}, ["<f4"] = {"float"}, ["<f8"] = {"double"},
  }) do
    for _, name in ipairs(names) do
      DTYPES[name_of(name)] = dtype
    end
  end
  DTYPES["long"], DTYPES["unsigned long"] = "<i" .. ffi.sizeof("long"), "<u" .. ffi.sizeof("long")
end

-- The array that cdata is; nil where it is none of numbers, or of unknown length.
local function array_of(value, name)
  local element, extents = name:match("^(.-) ?%(?&?%)?(%[[%d%[%]?]*%])$")
  local dtype = element and DTYPES[element:gsub("^const ", "")]
  if not dtype then
    return nil
  end
  local shape, rest = {}, ffi.sizeof(value) / tonumber(dtype:sub(3))
  for extent in extents:gmatch("%[([%d?]+)%]") do
    shape[#shape + 1] = tonumber(extent) or 0
    rest = tonumber(extent) and rest / tonumber(extent) or rest
  end
  if shape[1] == 0 then -- of a length that only this one has
    shape[1] = rest
  end
  return arrays.new(dtype, shape, ffi.string(value, ffi.sizeof(value)))
end

--- What to send for cdata.
-- @param value cdata
-- @return a number, an integer object, a boolean, or an array; nil where it is nothing of these
function cdata.plain(value)
  if integer.is_integer(value) then
    return value
  end
  local name = name_of(ffi.typeof(value))
  local dtype = DTYPES[name]
  if dtype == "<i8" or dtype == "<u8" then
    return integer.parse(tostring(value):match("^%-?%d+"))
  elseif dtype == "|b1" then
    return value == ffi.new("bool", true)
  elseif dtype then
    return tonumber(value)
  end
  return array_of(value, name)
end

return cdata
