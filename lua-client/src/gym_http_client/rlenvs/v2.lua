--- Remote environments with the interface of rlenvs version 2, for Torch agents that load theirs by name.
--
--     local Env = require("gym_http_client.rlenvs.v2")
--     local env = Env({env_id = "CartPole-v1"})
--     local observation = env:start()
--     local reward, observation, terminal = env:step(env:getActionSpace().n - 1)
--
-- Spaces are tables as the server describes them: `name` and `n`, or `shape`, `low`, `high`, ...
-- Discrete actions count from 0 to n - 1, whatever the environment's own first action is.
-- @module gym_http_client.rlenvs.v2

local remote = require("gym_http_client.rlenvs.remote")

local v2 = {}

--- Space of the observations.
-- @treturn tab
function v2:getStateSpace()
  return self.env.observation_space
end

--- Space of the actions.
-- @treturn tab
function v2:getActionSpace()
  return self.env.action_space
end

--- Space of the rewards: any real number, since Gymnasium's environments do not tell.
-- @treturn tab
function v2.getRewardSpace()
  return {name = "Box", shape = {1}, low = {-math.huge}, high = {math.huge}}
end

function v2.action_offset(_, space)
  return space.start
end

return remote.class(v2)
