-- The cross-entropy method (Rubinstein 1999) on a vector env: each of its CartPoles tries one linear policy at a time.
--
--   lua examples/vector_agent.lua [URL] [GENERATIONS]
local gym_http_client = require("gym_http_client")

local base = arg[1] or "http://127.0.0.1:5000"
local generations = tonumber(arg[2]) or 12

local POPULATION, ELITE = 16, 4

local env = assert(gym_http_client.new(base):make("CartPole-v1", {num_envs = POPULATION, max_episode_steps = 200}))
local size = env.single_observation_space.shape[1]
math.randomseed(1)

-- A normally distributed number (Box and Muller 1958).
local function gaussian(mean, deviation)
  return mean + deviation * math.sqrt(-2 * math.log(1 - math.random())) * math.cos(2 * math.pi * math.random())
end

local function act(weights, observation)
  local sum = 0
  for i = 1, size do
    sum = sum + weights[i] * observation[i]
  end
  return sum > 0 and 1 or 0
end

-- The return of every policy in one episode. An environment that has ended goes on with an episode that does not count.
local function evaluate(policies)
  local returns, over, left = {}, {}, POPULATION
  for i = 1, POPULATION do
    returns[i] = 0
  end
  local observations = assert(env:reset())
  while left > 0 do
    local actions = {}
    for i = 1, POPULATION do
      actions[i] = act(policies[i], observations[i])
    end
    local rewards, terminated, truncated
    observations, rewards, terminated, truncated = env:step(actions)
    assert(observations, rewards)
    for i = 1, POPULATION do
      if not over[i] then
        returns[i] = returns[i] + rewards[i]
        over[i] = terminated[i] or truncated[i]
        left = over[i] and left - 1 or left
      end
    end
  end
  return returns
end

local mean, deviation = {}, {}
for i = 1, size do
  mean[i], deviation[i] = 0, 1
end

for generation = 1, generations do
  local policies = {}
  for i = 1, POPULATION do
    policies[i] = {}
    for j = 1, size do
      policies[i][j] = gaussian(mean[j], deviation[j])
    end
  end
  local returns = evaluate(policies)
  local order, sum = {}, 0
  for i = 1, POPULATION do
    order[i], sum = i, sum + returns[i]
  end
  table.sort(order, function(a, b) return returns[a] > returns[b] end)
  print(("generation %2d: mean return %5.1f, best %3.0f"):format(generation, sum / POPULATION, returns[order[1]]))
  for j = 1, size do
    local total, squares = 0, 0
    for i = 1, ELITE do
      local weight = policies[order[i]][j]
      total, squares = total + weight, squares + weight * weight
    end
    mean[j] = total / ELITE
    deviation[j] = math.sqrt(math.max(squares / ELITE - mean[j] ^ 2, 0)) + 0.1
  end
end
env:close()
