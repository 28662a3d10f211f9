--- Values of spaces as they cross the wire.
--
-- JSON has no infinities and no NaN: the API writes them 1e100, -1e100 and null, in observations, rewards, actions
-- and bounds. (MessagePack carries them as they are.)
-- @module gym_http_client.values

local each = require("gym_http_client.each")
local json = require("gym_http_client.json")

local values = {}

local huge, type = math.huge, type
local null = json.null

--- Turn the JSON forms of the infinities and NaN into the numbers.
-- @param value an observation, a reward or an action; tables are changed in place
-- @return the value
function values.restore(value)
  if type(value) == "number" then
    if value >= 1e100 then
      return huge
    elseif value <= -1e100 then
      return -huge
    end
  elseif value == null then
    return 0 / 0
  elseif type(value) == "table" then
    for key, member in each(value) do
      if type(member) ~= "number" or member >= 1e100 or member <= -1e100 then
        value[key] = values.restore(member)
      end
    end
  end
  return value
end

--- Do so with the bounds of a space and the spaces in it.
-- @tab info description of a space; changed in place
-- @treturn tab the description
function values.restore_bounds(info)
  if info.name == "Box" then
    values.restore(info.low)
    values.restore(info.high)
  else
    for _, member in each(info) do
      if type(member) == "table" then
        values.restore_bounds(member)
      end
    end
  end
  return info
end

return values
