-- As much of Torch7's interface as the rlenvs modules call: torch.Tensor, torch.isTensor, Tensor:totable.
-- Torch7 itself cannot be installed beside these interpreters.
local Tensor = {}
Tensor.__index = Tensor

function Tensor:totable()
  return self.contents
end

function Tensor:dim()
  local dimensions, list = 0, self.contents
  while type(list) == "table" do
    dimensions, list = dimensions + 1, list[1]
  end
  return dimensions
end

return {
  Tensor = function(contents)
    assert(type(contents) == "table", "torch.Tensor wants a table of numbers")
    return setmetatable({contents = contents}, Tensor)
  end,
  isTensor = function(value)
    return getmetatable(value) == Tensor
  end,
}
