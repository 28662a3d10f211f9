--- The numbers that JSON has no literals for.
--
-- The API writes infinities as 1e100 and -1e100, and NaN as null (spec/decisions/0002-numbers-json-cannot-write.md);
-- MessagePack carries all three as they are.
-- @module gym_http_client.numbers

local json = require("gym_http_client.json")
local safe_pairs = require("gym_http_client.safe_pairs")

local numbers = {}

local huge, type = math.huge, type
local null = json.null

--- Turn what stands for the infinities into them.
-- @param value of a JSON document; tables are changed in place
-- @return the value
function numbers.restore_infinities(value)
  if type(value) == "number" then
    if value >= 1e100 then
      return huge
    elseif value <= -1e100 then
      return -huge
    end
  elseif type(value) == "table" and value ~= null then
    for key, member in safe_pairs(value) do
      if type(member) == "table" or type(member) == "number" and (member >= 1e100 or member <= -1e100) then
        value[key] = numbers.restore_infinities(member)
      end
    end
  end
  return value
end

--- Turn nulls into NaN.
-- @param value an array of a JSON document, or a number of one; tables are changed in place
-- @return the value
function numbers.restore_nan(value)
  if value == null then
    return 0 / 0
  elseif type(value) == "table" then
    for key, member in safe_pairs(value) do
      if type(member) == "table" then
        value[key] = numbers.restore_nan(member)
      end
    end
  end
  return value
end

return numbers
