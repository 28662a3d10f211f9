-- The random agent: a few episodes of an environment, with actions drawn on the server.
--
--   lua examples/random_agent.lua [URL] [ENV_ID] [EPISODES]
local gym_http_client = require("gym_http_client")

local base = arg[1] or "http://127.0.0.1:5000"
local env_id = arg[2] or "CartPole-v1"
local episodes = tonumber(arg[3]) or 5

local env = assert(gym_http_client.new(base):make(env_id))
for episode = 1, episodes do
  local total, steps = 0, 0
  assert(env:reset())
  repeat
    local observation, reward, terminated, truncated = env:step(env:sample())
    assert(observation ~= nil, reward) -- on failure the second result is the error
    total, steps = total + reward, steps + 1
  until terminated or truncated
  print(("episode %d: %d steps, return %g"):format(episode, steps, total))
end
env:close()
