--- Spaces, and values of them.
-- @module gym_http_client.spaces

local numbers = require("gym_http_client.numbers")
local safe_pairs = require("gym_http_client.safe_pairs")

local spaces = {}

-- What a description leaves out where it is the usual.
local USUAL = {
  Discrete = {start = 0, dtype = "int64"},
  Box = {dtype = "float32"},
}

--- Add to a description of a space what it leaves out.
-- @tab space as the server describes it; changed in place
-- @treturn tab the space
function spaces.complete(space)
  for name, value in safe_pairs(USUAL[space.name] or {}) do
    if space[name] == nil then
      space[name] = value
    end
  end
  for _, member in safe_pairs(space.spaces or {space.space, space.node_space, space.edge_space}) do
    spaces.complete(member)
  end
  return space
end

--- Turn the nulls of a value that came as JSON into NaN, wherever the space has floats.
-- @tab space
-- @param value of that space, batched or not; tables are changed in place
-- @return the value
function spaces.restore_nan(space, value)
  if space.name == "Box" then
    return numbers.restore_nan(value)
  elseif type(value) ~= "table" then
    return value
  elseif space.name == "Dict" or space.name == "Tuple" then
    for key, member in safe_pairs(space.spaces) do
      value[key] = spaces.restore_nan(member, value[key])
    end
  elseif space.name == "OneOf" then
    value[2] = spaces.restore_nan(space.spaces[value[1] + 1], value[2])
  elseif space.name == "Sequence" and space.stack then
    return spaces.restore_nan(space.space, value)
  elseif space.name == "Sequence" then
    for index, member in ipairs(value) do
      value[index] = spaces.restore_nan(space.space, member)
    end
  elseif space.name == "Graph" then
    value.nodes = spaces.restore_nan(space.node_space, value.nodes)
    if value.edges then
      value.edges = spaces.restore_nan(space.edge_space, value.edges)
    end
  end
  return value
end

return spaces
