--- An environment as an object, with the methods that Gymnasium's have.
--
--     local env = assert(client:make("CartPole-v1", {seed = 7}))
--     local observation, info = env:reset()
--     local observation, reward, terminated, truncated, info = env:step(env:sample())
--     env:close()
--
-- Methods return `nil, message, err` on failure, as the operations do. They are those of
-- @{gym_http_client.environment.Environment}.
-- @module gym_http_client.env

local environment = require("gym_http_client.environment")
local errors = require("gym_http_client.errors")
local json = require("gym_http_client.encoding.json")

local env = {}

local Env = environment.class("gym_http_client.Env")

--- The object for an instance of one environment.
-- @tab fields see @{gym_http_client.environment}
-- @treturn Env
function env.new(fields)
  return setmetatable(fields, Env)
end

--- Begin an episode.
-- @tab[opt] options `seed`, `options`
-- @return the first observation
-- @treturn tab info
-- @raise where there are several seeds
function Env:reset(options)
  if type(options) == "table" and type(options.seed) == "table" and json.is_array(options.seed) then
    errors.misuse("reset: a list of seeds is for vector environments")
  end
  return environment.Environment.reset(self, options)
end

return env
