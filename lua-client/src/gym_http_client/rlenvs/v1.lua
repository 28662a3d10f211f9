--- Remote environments with the interface of rlenvs version 1, for Torch agents that load theirs by name.
--
--     local Env = require("gym_http_client.rlenvs.v1")
--     local env = Env({env_id = "CartPole-v1"})
--     local observation = env:start()
--     local reward, observation, terminal = env:step(1)
--
-- A specification is `{type, dimensions, range}`: `"int"`, `"real"` or `"string"`; 1 for a single value or the table
-- of a tensor's dimensions; `{min, max}`, or nil where a bound is infinite or unknown. Several values in one (Tuple,
-- MultiDiscrete) have a list of specifications, a Dict a table of them by key.
-- @module gym_http_client.rlenvs.v1

local safe_pairs = require("gym_http_client.safe_pairs")
local remote = require("gym_http_client.rlenvs.remote")

local v1 = {}

local function range_of(low, high)
  local least, most = math.huge, -math.huge
  for i = 1, #low do
    least, most = math.min(least, low[i]), math.max(most, high[i])
  end
  if least > -math.huge and most < math.huge then
    return {least, most}
  end
end

local specify -- forward declaration: spaces hold spaces

local SPECIFY = {
  Discrete = function(space)
    return {"int", 1, {space.start, space.start + space.n - 1}}
  end,
  Box = function(space)
    local kind = space.dtype:find("int") and "int" or "real"
    return {kind, #space.shape > 0 and space.shape or 1, range_of(space.low, space.high)}
  end,
  MultiBinary = function(space)
    return {"int", space.shape, {0, 1}}
  end,
  MultiDiscrete = function(space)
    local specs = {}
    for i, n in ipairs(space.nvec) do
      local start = space.start[i]
      specs[i] = specify({name = type(n) == "table" and "MultiDiscrete" or "Discrete", n = n, nvec = n, start = start})
    end
    return specs
  end,
  Text = function()
    return {"string", 1}
  end,
}

local function specify_members(space)
  local specs = {}
  for key, member in safe_pairs(space.spaces) do
    specs[key] = specify(member)
  end
  return specs
end
SPECIFY.Tuple, SPECIFY.Dict = specify_members, specify_members

function specify(space)
  local specific = SPECIFY[space.name]
  if not specific then
    error("rlenvs version 1 cannot describe a space of the kind " .. tostring(space.name), 0)
  end
  return specific(space)
end

--- Specification of the observations.
-- @treturn tab
function v1:getStateSpec()
  return specify(self.env.observation_space)
end

--- Specification of the actions.
-- @treturn tab
function v1:getActionSpec()
  return specify(self.env.action_space)
end

--- Least and greatest reward: unknown, since Gymnasium's environments do not tell.
-- @treturn nil
-- @treturn nil
function v1.getRewardSpec()
  return nil, nil
end

return remote.class(v1)
