-- Our Lua client, as loop.py describes a client program; the variant is the encoding, or "default".
local gym = require("gym_http_client")
local now = require("socket").gettime

local address, variant, env_id = arg[1], arg[2], arg[3]
assert(arg[4] == "{}", "the environments measured from Lua take no arguments")
local num_envs, num_actions = tonumber(arg[5]), tonumber(arg[6])

local client = gym.new("http://" .. address, {encoding = variant ~= "default" and variant or nil})
local id = assert(client:env_create(env_id, {num_envs = num_envs > 1 and num_envs or nil}))

local actions = {}
for turn = 1, num_actions do
  if num_envs == 1 then
    actions[turn] = turn - 1
  else
    actions[turn] = {}
    for env = 1, num_envs do
      actions[turn][env] = (turn + env) % num_actions
    end
  end
end

local function play(seconds, max_steps)
  local durations, count = {}, 0
  local start = now()
  local before, finish = start, start + seconds
  while before < finish and count < max_steps do
    local observation, reward, done = client:env_step(id, actions[count % num_actions + 1])
    if observation == nil then
      error(tostring(reward))
    end
    local after = now()
    count = count + 1
    durations[count] = after - before
    if done == true then
      assert(client:env_reset(id))
      after = now()
    end
    before = after
  end
  return before - start, durations
end

assert(client:env_reset(id))
print("ready")
io.stdout:flush()
for line in io.lines() do
  local seconds, max_steps = line:match("^(%S+) (%d+)$")
  local passed, durations = play(tonumber(seconds), tonumber(max_steps))
  local words = {string.format("%.6f", passed)}
  for index, duration in ipairs(durations) do
    words[index + 1] = string.format("%.1f", duration * 1e6)
  end
  print(table.concat(words, " "))
  io.stdout:flush()
end
