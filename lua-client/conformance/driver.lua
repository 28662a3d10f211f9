-- Conformance driver: reads calls as JSON lines, makes them with the client, writes what came of them.
-- The protocol is conformance/PROTOCOL.md.
local src = arg[0]:gsub("[^/]*$", "") .. "../src/"
package.path = src .. "?.lua;" .. src .. "?/init.lua;" .. package.path
local gym_http_client = require("gym_http_client")
local errors = require("gym_http_client.errors")
local json = require("gym_http_client.encoding.json")
local mime = require("mime")
local numbers = require("gym_http_client.encoding.numbers")

local client, operations
local envs = {} -- those that the typed face made, by their ids

-- All arguments but those that a method takes by position.
local function rest(args, ...)
  local options = json.object()
  for name, value in pairs(args) do
    options[name] = value
  end
  for _, name in ipairs({...}) do
    options[name] = nil
  end
  return options
end

-- Results under the names that they have in the reply; without names the first as it is.
local function shaped(names, first, ...)
  if first == nil then
    return nil, (select(2, ...))
  elseif not names then
    return first
  end
  local value, results = json.object(), {first, ...}
  for i, name in ipairs(names) do
    value[name] = results[i]
  end
  return value
end

-- Infinity and NaN are 1e100 and null in arguments; an argument that is null altogether stays so.
local function argument(value)
  return value == json.null and value or numbers.restore_nan(numbers.restore_infinities(value))
end

-- In results they have forms of their own.
local function result(value)
  if type(value) == "number" and (value ~= value or value == math.huge or value == -math.huge) then
    return {["$number"] = value ~= value and "NaN" or value > 0 and "Infinity" or "-Infinity"}
  elseif type(value) == "table" and getmetatable(value) ~= getmetatable(json.null) then
    for key, member in pairs(value) do
      value[key] = result(member)
    end
  end
  return value
end

local function create(make)
  return {{"instance_id"}, function(a) return make(a.env_id, rest(a, "env_id")) end}
end

-- The names of an operation's results, and how to call it.
local FLAT = {
  env_create = create(function(...) return client:env_create(...) end),
  env_list_all = {{"all_envs"}, function() return client:env_list_all() end},
  env_info = {nil, function(a) return client:env_info(a.instance_id) end},
  env_reset = {{"observation", "info"}, function(a)
    return client:env_reset(a.instance_id, rest(a, "instance_id"))
  end},
  env_step = {{"observation", "reward", "done", "info", "terminated", "truncated"}, function(a)
    return client:env_step(a.instance_id, argument(a.action), a.render, a.video_callable)
  end},
  env_render = {nil, function(a)
    local image, content_type, err = client:env_render(a.instance_id)
    return image and {content_type = content_type, bytes = #image, base64 = (mime.b64(image))}, content_type, err
  end},
  env_get_attr = {{"value"}, function(a) return client:env_get_attr(a.instance_id, a.name, a.call) end},
  env_action_space_contains = {{"member"}, function(a)
    return client:env_action_space_contains(a.instance_id, argument(a.value))
  end},
  env_observation_space_contains = {{"member"}, function(a)
    return client:env_observation_space_contains(a.instance_id, a.facts or {value = argument(a.value)})
  end},
  env_monitor_start = {{}, function(a)
    return client:env_monitor_start(a.instance_id, a.directory, a.force, a.resume, a.video_callable)
  end},
  upload = {nil, function(a) return client:upload(a.training_dir, a.algorithm_id, a.api_key) end},
  scoreboard_list = {{"evaluations"}, function(a) return client:scoreboard_list(a) end},
  health = {nil, function() return client:health() end},
}

for op, names in pairs({
  env_action_space_info = {"info", "single"}, env_action_space_sample = {"action"}, env_close = {}, shutdown = {},
  env_observation_space_info = {"info", "single"}, env_monitor_close = {}, registry_list = {"envs"},
  openapi = {"text", "content_type"},
}) do
  FLAT[op] = {names, function(a) return client[op](client, a.instance_id) end}
end

local TYPED = {
  env_create = create(function(...)
    local env, message, err = client:make(...)
    if not env then return nil, message, err end
    envs[env.id] = env
    return env.id
  end),
  env_reset = {{"observation", "info"}, function(a) return envs[a.instance_id]:reset(rest(a, "instance_id")) end},
  env_step = {{"observation", "reward", "terminated", "truncated", "info"}, function(a)
    return envs[a.instance_id]:step(argument(a.action))
  end},
  env_close = {{}, function(a) return envs[a.instance_id]:close() end},
}

local function connect(args)
  for id, env in pairs(envs) do
    env:close()
    envs[id] = nil
  end
  if client then client:close() end
  operations = args.face == "typed" and TYPED or FLAT
  client = gym_http_client.new(args.base, rest(args, "base", "face"))
  local names = {"retry"}
  for op in pairs(FLAT) do names[#names + 1] = op end
  return {client = "gym-http-client", language = jit and jit.version or _VERSION, operations = names,
    encodings = {"json", "msgpack"}, faces = {"flat", "typed"}, integers = 64}
end

local names_of_failed, failed -- the call that failed last

local function answer(request)
  if request.op == "connect" then
    return connect(request.args)
  end
  local operation = operations[request.op]
  if request.op == "retry" and failed then
    operation = {names_of_failed, failed.retry}
  elseif not operation then
    return nil, errors.new("unsupported", "this client has no such operation")
  end
  local value, err = shaped(operation[1], operation[2](request.args))
  if err then
    names_of_failed, failed = operation[1], err
  end
  return value, err
end

for line in io.lines() do
  local request = assert(json.decode(line))
  local value, err = answer(request)
  err = err and {kind = err.kind, status = err.status, code = err.code, message = err.message}
  io.write(json.encode({id = request.id, ok = value ~= nil, value = result(value), error = err}), "\n")
  io.flush()
end
