--- Several copies of an environment that step together, as an object.
--
--     local env = assert(client:make("CartPole-v1", {num_envs = 8}))
--     local observations = env:reset({seed = 7})
--     local observations, rewards, terminated, truncated, infos = env:step(env:sample())
--
-- Values are lists over the environments. The methods are those of @{gym_http_client.environment.Environment}.
-- @module gym_http_client.vector

local environment = require("gym_http_client.environment")

local vector = {}

local VectorEnv = environment.class()

--- The object for an instance of several environments.
-- @tab fields see @{gym_http_client.environment}
-- @treturn VectorEnv
function vector.new(fields)
  return setmetatable(fields, VectorEnv)
end

return vector
