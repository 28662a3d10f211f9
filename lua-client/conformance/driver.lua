-- Conformance driver: reads calls as JSON lines, makes them with the client, writes what came of them.
-- The protocol is conformance/PROTOCOL.md.
local src = arg[0]:gsub("[^/]*$", "") .. "../src/"
package.path = src .. "?.lua;" .. src .. "?/init.lua;" .. package.path
local gym_http_client = require("gym_http_client")
local errors = require("gym_http_client.errors")
local json = require("gym_http_client.json")
local mime = require("mime")
local numbers = require("gym_http_client.numbers")

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

-- Results under the names that they have in the reply.
local function shaped(names, first, ...)
  if first == nil then
    return nil, (...)
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

local FLAT = {
  env_create = function(a) return shaped({"instance_id"}, client:env_create(a.env_id, rest(a, "env_id"))) end,
  env_list_all = function()
    local all_envs, err = client:env_list_all()
    return all_envs and {envs = all_envs, all_envs = all_envs}, err
  end,
  env_info = function(a) return client:env_info(a.instance_id) end,
  env_reset = function(a)
    return shaped({"observation", "info"}, client:env_reset(a.instance_id, rest(a, "instance_id")))
  end,
  env_step = function(a)
    return shaped({"observation", "reward", "done", "info", "terminated", "truncated"},
      client:env_step(a.instance_id, argument(a.action), a.render, a.video_callable))
  end,
  env_render = function(a)
    local image, type_or_error = client:env_render(a.instance_id)
    return image and {content_type = type_or_error, bytes = #image, base64 = (mime.b64(image))}, type_or_error
  end,
  env_action_space_contains = function(a)
    return shaped({"member"}, client:env_action_space_contains(a.instance_id, argument(a.value)))
  end,
  env_observation_space_contains = function(a)
    return shaped({"member"},
      client:env_observation_space_contains(a.instance_id, a.facts or {value = argument(a.value)}))
  end,
  env_monitor_start = function(a)
    return shaped({}, client:env_monitor_start(a.instance_id, a.directory, a.force, a.resume, a.video_callable))
  end,
  upload = function(a) return client:upload(a.training_dir, a.algorithm_id, a.api_key) end,
  scoreboard_list = function(a) return shaped({"evaluations"}, client:scoreboard_list(a)) end,
  health = function() return client:health() end,
}

for op, names in pairs({
  env_action_space_info = {"info", "single"}, env_action_space_sample = {"action"}, env_close = {}, shutdown = {},
  env_observation_space_info = {"info", "single"}, env_monitor_close = {}, registry_list = {"envs"},
  openapi = {"text", "content_type"},
}) do
  FLAT[op] = function(a) return shaped(names, client[op](client, a.instance_id)) end
end

local TYPED = {
  env_create = function(a)
    local env, err = client:make(a.env_id, rest(a, "env_id"))
    if not env then return nil, err end
    envs[env.id] = env
    return {instance_id = env.id}
  end,
  env_reset = function(a) return shaped({"observation", "info"}, envs[a.instance_id]:reset(rest(a, "instance_id"))) end,
  env_step = function(a)
    return shaped({"observation", "reward", "terminated", "truncated", "info"},
      envs[a.instance_id]:step(argument(a.action)))
  end,
  env_close = function(a) return shaped({}, envs[a.instance_id]:close()) end,
}

local function connect(args)
  for id, env in pairs(envs) do
    env:close()
    envs[id] = nil
  end
  if client then client:close() end
  operations = args.face == "typed" and TYPED or FLAT
  client = gym_http_client.new(args.base, rest(args, "base", "face"))
  local names = {}
  for op in pairs(FLAT) do names[#names + 1] = op end
  return {client = "gym-http-client", language = jit and jit.version or _VERSION, operations = names,
    encodings = {"json", "msgpack"}, faces = {"flat", "typed"}, integers = 64}
end

local function unsupported() return nil, errors.new("unsupported", "this client has no such operation") end

for line in io.lines() do
  local request = assert(json.decode(line))
  local call = request.op == "connect" and connect or operations[request.op] or unsupported
  local value, err = call(request.args)
  err = value == nil and {kind = err.kind, status = err.status, code = err.code, message = err.message} or nil
  io.write(json.encode({id = request.id, ok = value ~= nil, value = result(value), error = err}), "\n")
  io.flush()
end
