-- In the manner of the scripts written for the API's first client: globals, old ids, nothing checked.
require('math')
local GymClient = require("gym_http_client")

base = os.getenv('BASE')
local client = GymClient.new(base)
print('talking to ' .. client.remote_base)

env_id = 'CartPole-v0'
instance_id = client:env_create(env_id)
all_envs = client:env_list_all()
print(all_envs[instance_id])
action_space = client:env_action_space_info(instance_id)
print('actions: ' .. action_space['n'])

outdir = os.getenv('OUTDIR')
video_callable = false
resume = false
force = true
render = true
client:env_monitor_start(instance_id, outdir, force, resume, video_callable)

episode_count = 3
max_steps = 200
reward = 0
done = False

for i = 1,episode_count do
   obs = client:env_reset(instance_id)
   for j = 1,max_steps do
      action = math.random(0, 1)
      ob, reward, done, info = client:env_step(instance_id, action, render, video_callable)
      if done then
         break
      end
   end
end
print('last reward: ' .. reward .. ', state: ' .. ob[1] .. ' ' .. ob[4])

client:env_monitor_close(instance_id)
client:upload(outdir)
print('Lua client test ending')
