--- An environment as an object, with the methods that Gymnasium's have.
--
--     local env = assert(client:make("CartPole-v1", {seed = 7}))
--     local observation, info = env:reset()
--     local observation, reward, terminated, truncated, info = env:step(env:sample())
--     env:close()
--
-- Methods return `nil, err` on failure, as the operations do. They are those of
-- @{gym_http_client.environment.Environment}.
-- @module gym_http_client.env

local environment = require("gym_http_client.environment")

local env = {}

local Env = environment.class()

--- The object for an instance of one environment.
-- @tab fields see @{gym_http_client.environment}
-- @treturn Env
function env.new(fields)
  return setmetatable(fields, Env)
end

return env
