--- Several copies of an environment that step together, as an object.
--
--     local env = assert(client:make("CartPole-v1", {num_envs = 8}))
--     local observations = env:reset({seed = 7})
--     local observations, rewards, terminated, truncated, infos = env:step(env:sample())
--
-- Values are lists over the environments. The methods are those of @{gym_http_client.environment.Environment}.
-- @module gym_http_client.vector

local environment = require("gym_http_client.environment")
local errors = require("gym_http_client.errors")
local json = require("gym_http_client.encoding.json")

local vector = {}

local VectorEnv = environment.class("gym_http_client.VectorEnv")

--- The object for an instance of several environments.
-- @tab fields see @{gym_http_client.environment}
-- @treturn VectorEnv
function vector.new(fields)
  return setmetatable(fields, VectorEnv)
end

-- Raise where a list is not one of a member for each environment.
local function check_count(self, method, noun, list)
  if type(list) == "table" and json.is_array(list) and #list ~= self.num_envs then
    errors.misuse(("%s: %d %s%s for %d environments"):format(
      method, #list, noun, #list == 1 and "" or "s", self.num_envs))
  end
end

--- Begin an episode in every environment.
-- @tab[opt] options `seed` (a number, from which each environment's follows, or a list of them), `options`
-- @return the first observations
-- @treturn tab infos
-- @raise where the seeds are not as many as the environments
function VectorEnv:reset(options)
  if type(options) == "table" then
    check_count(self, "reset", "seed", options.seed)
  end
  return environment.Environment.reset(self, options)
end

--- Take an action in every environment.
-- @param actions a value of the action space: a list over the environments
-- @return observations
-- @treturn {number,...} rewards
-- @treturn {bool,...} terminated
-- @treturn {bool,...} truncated
-- @treturn tab infos
-- @raise where the actions are not as many as the environments
function VectorEnv:step(actions)
  check_count(self, "step", "action", actions)
  return environment.Environment.step(self, actions)
end

return vector
