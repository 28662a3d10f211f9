-- Steps as fast as the client can against replies kept here; prints how many of the requests had not the body they must
-- have. Arguments: seconds, the client's encoding or "default", and a seed for the lengths of episodes and rounds.
-- Rounds that keep times, as benchmarks/programs/client.lua has them: plainer loops did not show the compiler's fault.
local gym = require("gym_http_client")
local gettime = require("socket").gettime
local concat, format, random = table.concat, string.format, math.random

local encoding = arg[2] ~= "default" and arg[2] or nil
math.randomseed(tonumber(arg[3]))

local function reply(done)
  local content_type, body = "application/vnd.msgpack",
    "\132\171observation\132\171__ndarray__\195\165dtype\163<f4\165shape\145\4\164data\196\16" .. ("\0\0\1\61"):rep(4)
    .. "\166reward\203\63\240\0\0\0\0\0\0\164done" .. (done and "\195" or "\194") .. "\164info\128"
  if encoding == "json" then
    content_type = "application/json"
    body = '{"observation":[0.031,0.041,0.010,0.022],"reward":1.0,"done":' .. tostring(done) .. ',"info":{}}'
  end
  return {head = {"HTTP/1.1 200 OK", "content-type: " .. content_type, "content-length: " .. #body, ""}, body = body}
end

local going, ended = reply(false), reply(true)
local expected, current, line
local wrong = 0

-- In the place of a socket, as a real one would do the same a hundred times slower.
local connection = {}

function connection.settimeout() end

function connection.send(_, request)
  current, line = going, 0
  if request:find("/step/", 1, true) then
    if request:match("\r\n\r\n(.*)$") ~= expected then
      wrong = wrong + 1
    end
    if random() < 0.05 then
      current = ended
    end
  end
  return #request
end

function connection.receive(_, pattern)
  if pattern ~= "*l" then
    return current.body
  end
  line = line + 1
  return current.head[line]
end

local client = gym.new("http://127.0.0.1:5000", {encoding = encoding})
client.session.transport.connection = require("gym_http_client.connection").new(connection, "127.0.0.1:5000")
local id, actions = "abcd1234", {0, 1}

local function play(seconds)
  local durations, count = {}, 0
  local start = gettime()
  local before, finish = start, start + seconds
  while before < finish do
    local action = actions[count % 2 + 1]
    expected = encoding == "msgpack" and "\129\166action" .. string.char(action) or '{"action":' .. action .. "}"
    local observation, reward, done = client:env_step(id, action)
    if observation == nil then
      error(tostring(reward))
    end
    local after = gettime()
    count = count + 1
    durations[count] = after - before
    if done then
      assert(client:env_reset(id))
      after = gettime()
    end
    before = after
  end
  return before - start, durations
end

local start = gettime()
while gettime() - start < tonumber(arg[1]) do
  local passed, durations = play(0.02 + 0.2 * random())
  local words = {format("%.6f", passed)}
  for index, duration in ipairs(durations) do
    words[index + 1] = format("%.1f", duration * 1e6)
  end
  concat(words, " ")
end
print(wrong)
