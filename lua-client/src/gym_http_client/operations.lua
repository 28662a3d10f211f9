--- The operations of the server, in the order of arguments that the API's clients always had.
--
-- Every operation returns `nil, message, err` on failure; see @{gym_http_client.errors}.
-- @module gym_http_client.operations

local errors = require("gym_http_client.errors")
local handle = require("gym_http_client.handle")
local integer = require("gym_http_client.integer")
local json = require("gym_http_client.encoding.json")
local options = require("gym_http_client.options")
local safe_pairs = require("gym_http_client.safe_pairs")
local session = require("gym_http_client.session")

local operations = {}

local escape = session.escape

-- What replies promise: the types that each member may have. Vector envs have lists where others have numbers and
-- booleans; what the API's first servers did not send may be missing. LuaJIT's integers and the faces of arrays may be
-- cdata or userdata.
local ANY = "number string boolean table cdata userdata"
local RESET = {observation = ANY, info = "table nil"}
local STEP = {
  observation = ANY, reward = "number table cdata userdata", done = "boolean table", info = "table",
  terminated = "boolean table nil", truncated = "boolean table nil",
}
-- A face of arrays may be a function, which returns anything.
local FACED_STEP = {
  observation = ANY, reward = ANY, done = STEP.done, info = STEP.info,
  terminated = STEP.terminated, truncated = STEP.truncated,
}
local ACTION = {action = ANY}
local SPACE = {info = "table", single = "table nil"}

--- The route of an instance's operation.
-- @string instance_id
-- @string rest what follows the id
-- @treturn string
-- @raise when the id is a table, such as an environment object
function operations.route(instance_id, rest)
  if type(instance_id) == "table" then
    errors.misuse("an instance_id is a string, not " .. tostring(instance_id))
  end
  return "/v1/envs/" .. escape(instance_id) .. rest
end

local route = operations.route

local function same(reply)
  return reply
end

-- An operation that hands over its whole reply, which must have the member `name` of the type `kind`.
local function get_document(caller, method, path, body, name, kind)
  return handle.document(caller, method, path, body, {[name] = kind}, same)
end

-- An operation that hands over one member of its reply.
local function get_field(caller, method, path, body, name, kind)
  return handle.document(caller, method, path, body, {[name] = kind}, function(reply)
    return reply[name]
  end)
end

local function done()
  return true
end

-- An operation whose reply says nothing but that it was done.
local function post(caller, path, body)
  return handle.document(caller, "POST", path, body, {}, done)
end

local function with_options(body, given)
  for name, value in safe_pairs(given or {}) do
    body[name] = value
  end
  return json.object(body)
end

local function whole(value)
  return not options.is_whole(value) and "a whole number" or nil
end

local function seeds(value)
  if type(value) ~= "table" or integer.is_integer(value) then
    return not options.is_whole(value) and "a whole number, or a list of them for a vector env" or nil
  end
  for _, seed in ipairs(value) do
    if seed ~= json.null and not options.is_whole(seed) then
      return "a list of whole numbers"
    end
  end
end

local KNOWN_OF_CREATE = {
  seed = seeds, kwargs = options.a("table"), max_episode_steps = whole, render_mode = options.a("string"),
  num_envs = whole, vectorization_mode = options.a("string"), autoreset_mode = options.a("string"),
}
local KNOWN_OF_RESET = {seed = seeds, options = options.a("table")}
local KNOWN_OF_SCOREBOARD = {env_id = options.a("string"), algorithm_id = options.a("string")}

--- The operation env_create.
-- @tab caller
-- @string env_id
-- @tab[opt] given options
-- @func finish
-- @return see @{gym_http_client.handle.document}
function operations.create(caller, env_id, given, finish)
  local body = with_options({env_id = env_id}, options.check("env_create", given, KNOWN_OF_CREATE, true))
  if type(body.kwargs) == "table" and #body.kwargs == 0 and json.is_array(body.kwargs) then
    body.kwargs = json.object()
  end
  return handle.document(caller, "POST", "/v1/envs/", body, {instance_id = "string"}, finish)
end

--- The operation env_reset.
-- @tab caller
-- @string path
-- @tab[opt] given options
-- @func finish
-- @return see @{gym_http_client.handle.document}
function operations.reset(caller, path, given, finish)
  local body = with_options({}, options.check("env_reset", given, KNOWN_OF_RESET, true))
  return handle.document(caller, "POST", path, body, RESET, finish, caller.arrays)
end

--- The operation env_step.
-- @tab caller
-- @string path
-- @tab body
-- @func finish
-- @return see @{gym_http_client.handle.document}
function operations.step(caller, path, body, finish)
  if body.action ~= body.action and caller.encoding.encode == json.encode then
    body.action = {body.action} -- a bare null says that there is none
  end
  local promised = caller.arrays and FACED_STEP or STEP
  return handle.document(caller, "POST", path, json.object(body), promised, finish, caller.arrays)
end

--- The operation env_action_space_sample.
-- @tab caller
-- @string path
-- @func finish
-- @return see @{gym_http_client.handle.document}
function operations.sample(caller, path, finish)
  return handle.document(caller, "GET", path, nil, ACTION, finish, caller.arrays)
end

--- The operations as methods of whatever has a `session` and an `encoding`.
-- @type Operations
local Operations = {}
operations.methods = Operations

local function created(reply)
  return reply.instance_id
end

--- Create an instance of an environment.
-- @string env_id such as `CartPole-v1`
-- @tab[opt] given `seed`, `kwargs` (for the environment's constructor), `max_episode_steps`, `render_mode`; for a
-- vector env `num_envs`, `vectorization_mode`, `autoreset_mode`
-- @treturn string the instance_id
function Operations:env_create(env_id, given)
  return operations.create(self, env_id, given, created)
end

--- The live instances.
-- @treturn tab the `env_id` of each, by `instance_id`
function Operations:env_list_all()
  return get_field(self, "GET", "/v1/envs/", nil, "all_envs", "table")
end

--- What is known of an instance.
-- @string instance_id
-- @treturn tab `env_id`, `num_envs`, `steps`, `episodes`, `created`, `last_used`, `metadata`, `spec` and more
function Operations:env_info(instance_id)
  return get_document(self, "GET", route(instance_id, "/"), nil, "env_id", "string")
end

local function begun(reply)
  return reply.observation, reply.info
end

--- Begin an episode.
-- @string instance_id
-- @tab[opt] given `seed` (for a vector env also a list of seeds), `options` (for the environment)
-- @return the first observation
-- @treturn tab info
function Operations:env_reset(instance_id, given)
  return operations.reset(self, route(instance_id, "/reset/"), given, begun)
end

local function stepped(reply)
  return reply.observation, reply.reward, reply.done, reply.info, reply.terminated, reply.truncated
end

--- Take an action.
-- @string instance_id
-- @param action a value of the action space
-- @bool[opt] render accepted from older scripts; rendering happens on the server
-- @param[opt] video_callable accepted from older scripts, without effect
-- @return observation
-- @treturn number reward (a list for a vector env, as are the booleans)
-- @treturn bool done: terminated or truncated
-- @treturn tab info
-- @treturn bool terminated: the task itself ended
-- @treturn bool truncated: the episode was cut short, by a time limit for instance
function Operations:env_step(instance_id, action, render, video_callable)
  local body = {action = action, render = render, video_callable = video_callable}
  return operations.step(self, route(instance_id, "/step/"), body, stepped)
end

--- The current frame.
-- @string instance_id
-- @treturn string a PNG image; the environments of a vector env are tiled
-- @treturn string its Content-Type
function Operations:env_render(instance_id)
  return handle.raw(self, route(instance_id, "/render/"), "image/png")
end

--- Read an attribute of the environment.
-- @string instance_id
-- @string name such as `gravity`, or with dots `ale.lives`
-- @bool[opt] call where it is a method, call it (only those that the operator allows)
-- @return the value (for a vector env of single ones a list with one for each)
function Operations:env_get_attr(instance_id, name, call)
  local body = json.object({name = name, call = call})
  return get_field(self, "POST", route(instance_id, "/get_attr/"), body, "value", ANY)
end

local function described(reply)
  return reply.info, reply.single
end

--- The action space.
-- @string instance_id
-- @treturn tab `name` and what belongs to it: `n`, `shape`, `low`, `high`, ... (batched for a vector env)
-- @treturn tab for a vector env, the space of one environment
function Operations:env_action_space_info(instance_id)
  return handle.document(self, "GET", route(instance_id, "/action_space/"), nil, SPACE, described)
end

local function drawn(reply)
  return reply.action
end

--- A random action, drawn on the server.
-- @string instance_id
-- @return the action
function Operations:env_action_space_sample(instance_id)
  return operations.sample(self, route(instance_id, "/action_space/sample"), drawn)
end

--- Whether a value belongs to the action space.
-- @string instance_id
-- @param x any value
-- @treturn bool
function Operations:env_action_space_contains(instance_id, x)
  local path = route(instance_id, "/action_space/contains")
  return get_field(self, "POST", path, json.object({value = x}), "member", "boolean")
end

--- The observation space.
-- @string instance_id
-- @treturn tab as for the action space
-- @treturn tab for a vector env, the space of one environment
function Operations:env_observation_space_info(instance_id)
  return handle.document(self, "GET", route(instance_id, "/observation_space/"), nil, SPACE, described)
end

--- Whether the observation space contains a value, or is what is claimed.
-- @string instance_id
-- @tab params `{value = observation}`, or facts to compare with the space's description: `{name = "Box", shape = {4}}`
-- @treturn bool
function Operations:env_observation_space_contains(instance_id, params)
  local path = route(instance_id, "/observation_space/contains")
  return get_field(self, "POST", path, with_options({}, params), "member", "boolean")
end

--- Record episodes on the server.
-- @string instance_id
-- @string directory on the server's machine
-- @bool[opt] force delete earlier recordings in it
-- @bool[opt] resume add to earlier recordings in it
-- @param[opt] video_callable false for no videos, or n for every n-th episode
-- @treturn bool true
function Operations:env_monitor_start(instance_id, directory, force, resume, video_callable)
  return post(self, route(instance_id, "/monitor/start/"), json.object({
    directory = directory, force = force, resume = resume, video_callable = video_callable,
  }))
end

--- Stop to record.
-- @string instance_id
-- @treturn bool true
function Operations:env_monitor_close(instance_id)
  return post(self, route(instance_id, "/monitor/close/"))
end

--- Close an instance.
-- @string instance_id
-- @treturn bool true
function Operations:env_close(instance_id)
  return post(self, route(instance_id, "/close/"))
end

--- The environments that can be created on the server.
-- @treturn {tab,...} each with `id`, `name`, `entry_point` and more
function Operations:registry_list()
  return get_field(self, "GET", "/v1/registry/", nil, "envs", "table")
end

--- Record what a monitor wrote on the server's scoreboard.
-- @string training_dir directory on the server's machine
-- @string[opt] algorithm_id name of the algorithm
-- @string[opt] api_key who submits (default: the environment variable `OPENAI_GYM_API_KEY`)
-- @treturn tab the evaluation
function Operations:upload(training_dir, algorithm_id, api_key)
  return get_document(self, "POST", "/v1/upload/", json.object({
    training_dir = training_dir, algorithm_id = algorithm_id, api_key = api_key or os.getenv("OPENAI_GYM_API_KEY"),
  }), "evaluation_id", "number")
end

--- The recorded evaluations, best first.
-- @tab[opt] filter `env_id`, `algorithm_id`
-- @treturn {tab,...} the evaluations
function Operations:scoreboard_list(filter)
  local query = {}
  for name, value in safe_pairs(options.check("scoreboard_list", filter, KNOWN_OF_SCOREBOARD)) do
    query[#query + 1] = escape(name) .. "=" .. escape(value)
  end
  local path = "/v1/scoreboard/" .. (#query > 0 and "?" .. table.concat(query, "&") or "")
  return get_field(self, "GET", path, nil, "evaluations", "table")
end

--- Whether the server is well.
-- @treturn tab `status`, `versions`, `library`, `instances`, `uptime` in seconds
function Operations:health()
  return get_document(self, "GET", "/v1/health/", nil, "status", "string")
end

--- The contract of the API.
-- @treturn string an OpenAPI document in YAML
-- @treturn string its Content-Type
function Operations:openapi()
  return handle.raw(self, "/v1/openapi.yaml", "application/yaml")
end

--- Stop the server, which closes its instances first.
-- @treturn bool true
function Operations:shutdown()
  return post(self, "/v1/shutdown/")
end

--- The name of @{Operations:shutdown} in older scripts.
-- @function Operations:shutdown_server
Operations.shutdown_server = Operations.shutdown

return operations
