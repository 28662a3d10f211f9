--- The faces of arrays: what becomes of the bytes that arrive.
--
-- The option `arrays` of a client chooses one for the arrays of observations, rewards, actions and `info`, which then
-- come as MessagePack. Arrays of booleans stay lists.
--
--   * `"lists"`: nested lists of numbers, the default;
--   * `"bytes"`: an @{Array} with `bytes`, the elements as a string in C order;
--   * `"ffi"` (LuaJIT): an @{Array} with `data`, an FFI array of its own, such as `float[4]`, counted from 0;
--   * `"torch"`: tensors of Torch7 of the type that has these numbers, such as `torch.ByteTensor`;
--   * a function of dtype, shape and bytes: whatever it returns.
-- @module gym_http_client.arrays

local binary = require("gym_http_client.encoding.binary")
local errors = require("gym_http_client.errors")
local lists = require("gym_http_client.encoding.lists")

local arrays = {}

local ffi = rawget(_G, "jit") and require("ffi")

--- An array: its `dtype` as NumPy writes it (`|u1`, `<f4`), its `shape`, how many elements it has as `size`, and its
-- `bytes` or `data`. It may be sent as it is, as an action for instance.
-- @type Array
local Array = {}
Array.__index = Array

--- Its elements in C order, in little-endian order.
-- @treturn string
function Array:tobytes()
  return self.bytes or ffi.string(self.data, ffi.sizeof(self.data))
end

--- The same as nested lists.
-- @treturn tab (for an empty shape the bare number)
function Array:totable()
  return lists.of(self.dtype, self.shape, self:tobytes())
end

function Array:__tostring()
  return ("gym_http_client.Array: %s of shape {%s}"):format(self.dtype, table.concat(self.shape, ", "))
end

--- Whether a value is such an array.
-- @param value anything
-- @treturn boolean
function arrays.is_array(value)
  return getmetatable(value) == Array
end

local function size_of(shape)
  local size = 1
  for _, extent in ipairs(shape) do
    size = size * extent
  end
  return size
end

--- What is wrong with the parts of an array.
-- @param dtype
-- @param shape
-- @param bytes
-- @treturn string what is wrong, or nil
function arrays.fault_of(dtype, shape, bytes)
  local reader = type(dtype) == "string" and binary.reader(dtype)
  if not reader then
    return "unknown dtype " .. tostring(dtype)
  elseif type(shape) ~= "table" or type(bytes) ~= "string" then
    return "an array consists of dtype, shape and bytes"
  elseif size_of(shape) * reader.size ~= #bytes then
    return ("an array of %d %s does not have %d bytes"):format(size_of(shape), dtype, #bytes)
  end
end

--- Make an array of bytes, to be sent.
-- @string dtype such as `<f4`
-- @tparam {int,...} shape
-- @string bytes the elements in C order
-- @treturn Array
-- @raise when there are not as many bytes as that takes
function arrays.new(dtype, shape, bytes)
  local fault = arrays.fault_of(dtype, shape, bytes)
  if fault then
    errors.misuse(fault)
  end
  return setmetatable({dtype = dtype, shape = shape, size = size_of(shape), bytes = bytes}, Array)
end

local ELEMENTS = {
  ["|u1"] = "uint8_t", ["|i1"] = "int8_t", ["<u2"] = "uint16_t", ["<i2"] = "int16_t", ["<u4"] = "uint32_t",
  ["<i4"] = "int32_t", ["<u8"] = "uint64_t", ["<i8"] = "int64_t", ["<f4"] = "float", ["<f8"] = "double",
}

local function to_ffi(dtype, shape, bytes)
  local element, size = ELEMENTS[dtype], size_of(shape)
  local data = ffi.new(element and element .. "[?]" or "uint8_t[?]", element and size or #bytes)
  ffi.copy(data, bytes, #bytes)
  return setmetatable({dtype = dtype, shape = shape, size = size, data = data}, Array)
end

local TENSORS = {
  ["|u1"] = "ByteTensor", ["|i1"] = "CharTensor", ["<i2"] = "ShortTensor", ["<i4"] = "IntTensor",
  ["<i8"] = "LongTensor", ["<f4"] = "FloatTensor", ["<f8"] = "DoubleTensor",
}

local function to_torch(dtype, shape, bytes)
  local torch = require("torch")
  local name = TENSORS[dtype]
  if not name or not ffi then
    return torch[name or "DoubleTensor"](lists.of(dtype, shape, bytes))
  end
  local tensor = torch[name](torch.LongStorage(shape))
  ffi.copy(tensor:data(), bytes, #bytes)
  return tensor
end

local FACES = {lists = lists.of, bytes = arrays.new, ffi = ffi and to_ffi, torch = to_torch}

--- The face of that name.
-- @param face `"lists"`, `"bytes"`, `"ffi"`, `"torch"`, or a function
-- @treturn func of a known dtype, a shape and bytes that fit; nil where there is none of that name
function arrays.face(face)
  return type(face) == "function" and face or FACES[face] or nil
end

return arrays
