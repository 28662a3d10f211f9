-- Steps a second with each face of arrays; with Atari's frames by default, for which the server needs
-- its `atari` extra.
--
--   lua examples/frame_rate.lua [URL] [ENV_ID] [SECONDS]
local gym_http_client = require("gym_http_client")
local gettime = require("socket").gettime

local base = arg[1] or "http://127.0.0.1:5000"
local env_id = arg[2] or "ALE/Pong-v5"
local seconds = tonumber(arg[3]) or 5

-- Steps a second of one environment, whose arrays come with that face.
local function measure(face)
  local client = gym_http_client.new(base, {arrays = face, encoding = "msgpack"})
  local env = assert(client:make(env_id))
  local action = assert(env:sample())
  assert(env:reset({seed = 1}))
  local steps, start = 0, gettime()
  while gettime() - start < seconds do
    local observation, reward, terminated, truncated = env:step(action)
    assert(observation, reward)
    steps = steps + 1
    if terminated or truncated then
      assert(env:reset())
    end
  end
  local passed = gettime() - start
  assert(env:close())
  return steps / passed
end

local faces = {"lists", "bytes"}
if pcall(require, "ffi") then
  faces[#faces + 1] = "ffi"
end
if pcall(require, "torch") then
  faces[#faces + 1] = "torch"
end
for _, face in ipairs(faces) do
  print(("%s: %.0f steps a second"):format(face, measure(face)))
end
