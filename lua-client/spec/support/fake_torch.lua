-- As much of Torch7's interface as this package calls, with its behaviour: tensors of a type and shape, made of nested
-- tables, or of a shape and then filled through the pointer that `data` gives under LuaJIT. Torch7 itself cannot be
-- installed beside these interpreters.
local ffi = jit and require("ffi")

local Tensor = {}
Tensor.__index = Tensor

local torch = {}

local C_TYPES = {
  ByteTensor = "uint8_t", CharTensor = "int8_t", ShortTensor = "int16_t", IntTensor = "int32_t",
  LongTensor = "int64_t", FloatTensor = "float", DoubleTensor = "double",
}

local function flatten(list, shape, values)
  shape[#shape + 1] = #list
  for _, member in ipairs(list) do
    if type(member) == "table" then
      flatten(member, list[1] == member and shape or {}, values)
    else
      values[#values + 1] = member
    end
  end
  return shape, values
end

-- The shape of nested tables, and their numbers in order.
local function read(list)
  local values = {}
  local shape = flatten(list, {}, values)
  return shape, values
end

local function unflatten(shape, axis, take)
  local list = {}
  for i = 1, shape[axis] do
    list[i] = shape[axis + 1] and unflatten(shape, axis + 1, take) or take()
  end
  return list
end

local function count_of(shape)
  local count = 1
  for _, extent in ipairs(shape) do count = count * extent end
  return count
end

for name, c_type in pairs(C_TYPES) do
  torch[name] = function(contents)
    local tensor = setmetatable({name = name}, Tensor)
    if contents.is_storage then
      tensor.shape = contents.values
      tensor.memory = ffi and ffi.new(c_type .. "[?]", count_of(tensor.shape))
      assert(ffi, "an empty tensor cannot be filled without its pointer")
      return tensor
    end
    assert(type(contents) == "table", "a tensor wants a table of numbers")
    tensor.shape, tensor.values = read(contents)
    return tensor
  end
end
torch.Tensor = torch.DoubleTensor

function torch.LongStorage(values) return {is_storage = true, values = values} end
function torch.getdefaulttensortype() return "torch.DoubleTensor" end
function torch.isTensor(value) return getmetatable(value) == Tensor end

function Tensor:data() return self.memory end
function Tensor:dim() return #self.shape end

function Tensor:totable()
  local at = 0
  return unflatten(self.shape, 1, function()
    at = at + 1
    return self.values and self.values[at] or tonumber(self.memory[at - 1])
  end)
end

function Tensor:type(name)
  if not name then
    return "torch." .. self.name
  end
  return torch[name:match("^torch%.(.*)$")](self:totable())
end

return torch
