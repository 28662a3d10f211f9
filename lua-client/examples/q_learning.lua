-- Tabular Q-learning (Watkins 1989) on FrozenLake without slipping; prints its learning curve.
--
--   lua examples/q_learning.lua [URL] [EPISODES]
local gym_http_client = require("gym_http_client")

local base = arg[1] or "http://127.0.0.1:5000"
local episodes = tonumber(arg[2]) or 600

local LEARNING_RATE, DISCOUNT = 0.5, 0.95
local BLOCK = 50 -- episodes per line of the curve

local env = assert(gym_http_client.new(base):make("FrozenLake-v1", {kwargs = {is_slippery = false}}))
local actions = env.action_space.n
local values = {} -- by state, a list over actions
for state = 0, env.observation_space.n - 1 do
  values[state] = {}
  for action = 1, actions do
    values[state][action] = 0
  end
end
math.randomseed(1)

-- The best action in a state (from 0); ties are broken by chance.
local function greedy(state)
  local best, count = 1, 1
  for action = 2, actions do
    local difference = values[state][action] - values[state][best]
    if difference > 0 then
      best, count = action, 1
    elseif difference == 0 then
      count = count + 1
      if math.random(count) == 1 then
        best = action
      end
    end
  end
  return best - 1
end

-- One episode; its return. Learns where a chance to explore is given.
local function play(explore)
  local state, total, terminated, truncated = assert(env:reset()), 0, false, false
  while not (terminated or truncated) do
    local action = greedy(state)
    if explore and math.random() < explore then
      action = math.random(0, actions - 1)
    end
    local next_state, reward
    next_state, reward, terminated, truncated = env:step(action)
    assert(next_state, reward)
    if explore then
      local future = terminated and 0 or DISCOUNT * values[next_state][greedy(next_state) + 1]
      local old = values[state][action + 1]
      values[state][action + 1] = old + LEARNING_RATE * (reward + future - old)
    end
    state, total = next_state, total + reward
  end
  return total
end

print("episodes   success rate")
for block = 1, episodes / BLOCK do
  local successes = 0
  for episode = 1, BLOCK do
    local progress = ((block - 1) * BLOCK + episode) / episodes
    successes = successes + play(1 - progress)
  end
  local rate = successes / BLOCK
  print(("%8d   %4.0f%% %s"):format(block * BLOCK, 100 * rate, ("#"):rep(math.floor(40 * rate + 0.5))))
end

local solved = play() == 1
print(solved and "solved: the greedy policy reaches the goal" or "not solved: try more episodes")
env:close()
os.exit(solved and 0 or 1)
