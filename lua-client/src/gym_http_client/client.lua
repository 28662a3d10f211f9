--- The operations of the server, in the order of arguments that the API's clients always had.
-- @module gym_http_client.client

local calls = require("gym_http_client.calls")
local each = require("gym_http_client.each")
local environment = require("gym_http_client.env")
local json = require("gym_http_client.json")
local session = require("gym_http_client.session")

local client = {}

local route = calls.route

local Client = {}
Client.__index = Client

--- A client of the server at `base`. Nothing is sent yet; the first call opens a connection, which is kept.
-- @string base such as `http://127.0.0.1:5000`
-- @tab[opt] options
-- @string[opt] options.token bearer token (default: the environment variable `GYM_HTTP_TOKEN`)
-- @number[opt=60] options.timeout seconds for one call, with all its retries
-- @int[opt=2] options.retries how often a call is repeated after a lost connection, which never acts twice
-- @string[opt] options.encoding `"json"` or `"msgpack"` for both directions (default: send JSON, which every server
-- of this API reads, and ask for MessagePack, which is quicker to read in Lua at any size)
-- @string[opt] options.cafile file of the certificates to trust for https, instead of the system's
-- @bool[opt=true] options.verify whether to verify the certificate for https
-- @treturn Client
-- @raise for a bad URL or option
function client.new(base, options)
  options = options or {}
  local encoding = options.encoding
  if encoding ~= nil and encoding ~= "json" and encoding ~= "msgpack" then
    error("bad encoding '" .. tostring(encoding) .. "': expected 'json' or 'msgpack'", 2)
  end
  return setmetatable({
    remote_base = base,
    session = session.new(base, options),
    encoding = encoding,
  }, Client)
end

--- A client of one server.
-- @type Client

local function with_options(body, options)
  for name, value in each(options or {}) do
    body[name] = value
  end
  return json.object(body)
end

--- Create an instance of an environment.
-- @string env_id such as `CartPole-v1`
-- @tab[opt] options `seed`, `kwargs` (for the environment's constructor), `max_episode_steps`, `render_mode`; for a
-- vector env `num_envs`, `vectorization_mode`, `autoreset_mode`
-- @treturn string the instance_id
function Client:env_create(env_id, options)
  local body = with_options({env_id = env_id}, options)
  if type(body.kwargs) == "table" and #body.kwargs == 0 and json.is_array(body.kwargs) then
    body.kwargs = json.object()
  end
  return calls.member(self, "POST", "/v1/envs/", body, "instance_id", "string")
end

--- The live instances.
-- @treturn tab the `env_id` of each, by `instance_id`
function Client:env_list_all()
  return calls.member(self, "GET", "/v1/envs/", nil, "all_envs", "table")
end

--- What is known of an instance.
-- @string instance_id
-- @treturn tab `env_id`, `num_envs`, `steps`, `episodes`, `created`, `last_used`, `metadata`, `spec` and more
function Client:env_info(instance_id)
  return calls.whole(self, "GET", route(instance_id, "/"), nil, "env_id", "string")
end

--- Begin an episode.
-- @string instance_id
-- @tab[opt] options `seed` (for a vector env also a list of seeds), `options` (for the environment)
-- @return the first observation
-- @treturn tab info
function Client:env_reset(instance_id, options)
  local reply, err = calls.reset(self, route(instance_id, "/reset/"), with_options({}, options))
  if reply == nil then
    return nil, err
  end
  return reply.observation, reply.info
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
function Client:env_step(instance_id, action, render, video_callable)
  local body = json.object({action = action, render = render, video_callable = video_callable})
  local reply, err = calls.step(self, route(instance_id, "/step/"), body)
  if reply == nil then
    return nil, err
  end
  return reply.observation, reply.reward, reply.done, reply.info, reply.terminated, reply.truncated
end

--- The current frame.
-- @string instance_id
-- @treturn string a PNG image; the environments of a vector env are tiled
function Client:env_render(instance_id)
  return self.session:get_raw(route(instance_id, "/render/"), "image/png")
end

--- The action space.
-- @string instance_id
-- @treturn tab `name` and what belongs to it: `n`, `shape`, `low`, `high`, ... (batched for a vector env)
-- @treturn tab for a vector env, the space of one environment
function Client:env_action_space_info(instance_id)
  return calls.space(self, route(instance_id, "/action_space/"))
end

--- A random action, drawn on the server.
-- @string instance_id
-- @return the action
function Client:env_action_space_sample(instance_id)
  return calls.action(self, route(instance_id, "/action_space/sample"))
end

--- Whether a value belongs to the action space.
-- @string instance_id
-- @param x any value
-- @treturn bool
function Client:env_action_space_contains(instance_id, x)
  local path = route(instance_id, "/action_space/contains")
  return calls.member(self, "POST", path, json.object({value = x}), "member", "boolean")
end

--- The observation space.
-- @string instance_id
-- @treturn tab as for the action space
-- @treturn tab for a vector env, the space of one environment
function Client:env_observation_space_info(instance_id)
  return calls.space(self, route(instance_id, "/observation_space/"))
end

--- Whether the observation space contains a value, or is what is claimed.
-- @string instance_id
-- @tab params `{value = observation}`, or facts to compare with the space's description: `{name = "Box", shape = {4}}`
-- @treturn bool
function Client:env_observation_space_contains(instance_id, params)
  local path = route(instance_id, "/observation_space/contains")
  return calls.member(self, "POST", path, with_options({}, params), "member", "boolean")
end

--- Record episodes on the server.
-- @string instance_id
-- @string directory on the server's machine
-- @bool[opt] force delete earlier recordings in it
-- @bool[opt] resume add to earlier recordings in it
-- @param[opt] video_callable false for no videos, or n for every n-th episode
-- @treturn bool true
function Client:env_monitor_start(instance_id, directory, force, resume, video_callable)
  return calls.act(self, route(instance_id, "/monitor/start/"), json.object({
    directory = directory, force = force, resume = resume, video_callable = video_callable,
  }))
end

--- Stop to record.
-- @string instance_id
-- @treturn bool true
function Client:env_monitor_close(instance_id)
  return calls.act(self, route(instance_id, "/monitor/close/"))
end

--- Close an instance.
-- @string instance_id
-- @treturn bool true
function Client:env_close(instance_id)
  return calls.act(self, route(instance_id, "/close/"))
end

--- The environments that can be created on the server.
-- @treturn {tab,...} each with `id`, `name`, `entry_point` and more
function Client:registry_list()
  return calls.member(self, "GET", "/v1/registry/", nil, "envs", "table")
end

--- Record what a monitor wrote on the server's scoreboard.
-- @string training_dir directory on the server's machine
-- @string[opt] algorithm_id name of the algorithm
-- @string[opt] api_key who submits (default: the environment variable `OPENAI_GYM_API_KEY`)
-- @treturn tab the evaluation
function Client:upload(training_dir, algorithm_id, api_key)
  return calls.whole(self, "POST", "/v1/upload/", json.object({
    training_dir = training_dir, algorithm_id = algorithm_id, api_key = api_key or os.getenv("OPENAI_GYM_API_KEY"),
  }), "evaluation_id", "number")
end

--- The recorded evaluations, best first.
-- @tab[opt] filter `env_id`, `algorithm_id`
-- @treturn {tab,...} the evaluations
function Client:scoreboard_list(filter)
  local query = {}
  for name, value in each(filter or {}) do
    query[#query + 1] = session.escape(name) .. "=" .. session.escape(value)
  end
  local path = "/v1/scoreboard/" .. (#query > 0 and "?" .. table.concat(query, "&") or "")
  return calls.member(self, "GET", path, nil, "evaluations", "table")
end

--- Whether the server is well.
-- @treturn tab `status`, `versions`, `library`, `instances`, `uptime` in seconds
function Client:health()
  return calls.whole(self, "GET", "/v1/health/", nil, "status", "string")
end

--- The contract of the API.
-- @treturn string an OpenAPI document in YAML
function Client:openapi()
  return self.session:get_raw("/v1/openapi.yaml", "application/yaml")
end

--- Stop the server, which closes its instances first.
-- @treturn bool true
function Client:shutdown()
  return calls.act(self, "/v1/shutdown/")
end

--- The name of @{Client:shutdown} in older scripts.
-- @function Client:shutdown_server
Client.shutdown_server = Client.shutdown

--- Close the connection; the next call opens another. Instances on the server live on.
function Client:close()
  self.session:close()
end

--- Create an environment and get it as an object.
-- @string env_id
-- @tab[opt] options as for @{Client:env_create}
-- @treturn gym_http_client.env.Env
function Client:make(env_id, options)
  local instance_id, err = self:env_create(env_id, options)
  if not instance_id then
    return nil, err
  end
  return environment.attach(self, instance_id)
end

--- A live instance as an object, whoever created it.
-- @string instance_id
-- @treturn gym_http_client.env.Env
function Client:attach(instance_id)
  return environment.attach(self, instance_id)
end

return client
