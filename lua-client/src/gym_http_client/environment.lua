--- What environments and vector environments have in common.
-- @module gym_http_client.environment

local encoding = require("gym_http_client.encoding")
local errors = require("gym_http_client.errors")
local guard = require("gym_http_client.guard")
local numbers = require("gym_http_client.encoding.numbers")
local operations = require("gym_http_client.operations")
local spaces = require("gym_http_client.spaces")

local environment = {}

local methods = operations.methods

-- The fields that operations need of whoever calls them.
local function caller(client)
  return {
    client = client, session = client.session, arrays = client.arrays,
    encoding = client.named_encoding or encoding.default_of.environments,
  }
end

-- Add what is to be known of an instance; true, or what an operation that failed returns.
local function describe(fields, instance_id)
  local info, message, err = methods.env_info(fields, instance_id)
  if not info then
    return nil, message, err
  end
  fields.id, fields.env_id, fields.num_envs = instance_id, info.env_id, info.num_envs
  fields.metadata = info.metadata
  fields.requested_env_id = info.requested_env_id
  fields.reset_path, fields.step_path, fields.sample_path = operations.route(instance_id, "/reset/"),
    operations.route(instance_id, "/step/"), operations.route(instance_id, "/action_space/sample")
  for _, name in ipairs({"action_space", "observation_space"}) do
    local space, single
    space, single, err = methods["env_" .. name .. "_info"](fields, instance_id)
    if not space then
      return nil, single, err
    end
    fields[name] = spaces.complete(space)
    fields["single_" .. name] = single and spaces.complete(single) or space
    fields.is_vector = single ~= nil
  end
  return true
end

local warned = {}

-- Say once that another version of an environment stands in for a retired one.
local function warn_of_retired(fields)
  local requested = fields.requested_env_id
  if requested and not warned[requested] then
    warned[requested] = true
    local text = "gym_http_client: '%s' is retired, '%s' stands in for it: its observations may be others\n"
    io.stderr:write(text:format(requested, fields.env_id))
  end
end

--- Create an instance.
-- @tparam gym_http_client.client.Client client
-- @string env_id
-- @tab[opt] options
-- @func build makes an object of its fields
-- @return the object, or what an operation that failed returns
function environment.make(client, env_id, options, build)
  local fields = caller(client)
  return operations.create(fields, env_id, options, function(reply)
    local path = operations.route(reply.instance_id, "/close/")
    fields.guard = guard.new(function() client.session:abandon(path) end)
    local described, message, err = describe(fields, reply.instance_id)
    if not described then
      fields.guard:dismiss()
      client.session:abandon(path)
      err.retry = function() return environment.make(client, env_id, options, build) end
      return nil, message, err
    end
    warn_of_retired(fields)
    return build(fields)
  end)
end

--- Look at a live instance.
-- @tparam gym_http_client.client.Client client
-- @string instance_id
-- @func build makes an object of its fields
-- @return the object, or what an operation that failed returns
function environment.attach(client, instance_id, build)
  local fields = caller(client)
  local described, message, err = describe(fields, instance_id)
  if not described then
    err.retry = function() return environment.attach(client, instance_id, build) end
    return nil, message, err
  end
  return build(fields)
end

--- An environment on the server.
--
-- Its fields: `id`, the instance_id on the server; `env_id`; `num_envs`; `is_vector`, whether values have a leading
-- axis over environments (one of a single environment may have it, too); `action_space` and `observation_space`, the
-- descriptions of the spaces, batched for a vector env; `single_action_space` and `single_observation_space`, those of
-- one of its environments; `metadata`, as the environment has it; `requested_env_id`, the retired id that `env_id`
-- stands in for, if any.
-- @type Environment
local Environment = {}
environment.Environment = Environment
Environment.__index = Environment

--- A class of environments.
-- @string name for people
-- @treturn tab
function environment.class(name)
  local class = setmetatable({}, Environment)
  class.__index = class
  function class:__tostring()
    return ("%s: %s (%s at %s)"):format(name, self.env_id, self.id, self.client.remote_base)
  end
  function class:__close()
    if not self.closed then
      self:close()
    end
  end
  return class
end

local function begun(reply, nulls, self)
  local observation = reply.observation
  if nulls then
    observation = spaces.restore_nan(self.observation_space, observation)
  end
  return observation, reply.info
end

--- Begin an episode.
-- @tab[opt] options `seed` (for a vector env also a list), `options`
-- @return the first observation
-- @treturn tab info
function Environment:reset(options)
  return operations.reset(self, self.reset_path, options, begun)
end

local function stepped(reply, nulls, self)
  local observation, reward = reply.observation, reply.reward
  if nulls then
    observation, reward = spaces.restore_nan(self.observation_space, observation), numbers.restore_nan(reward)
  end
  return observation, reward, reply.terminated, reply.truncated, reply.info
end

--- Take an action, in Gymnasium's order of results.
-- @param action a value of the action space; for a vector env a list of them
-- @return observation
-- @treturn number reward (for a vector env lists, here and below)
-- @treturn bool terminated
-- @treturn bool truncated
-- @treturn tab info
function Environment:step(action)
  return operations.step(self, self.step_path, {action = action}, stepped)
end

--- Both spaces.
-- @treturn tab the action space
-- @treturn tab the observation space
function Environment:spaces()
  return self.action_space, self.observation_space
end

local function drawn(reply, nulls, self)
  return nulls and spaces.restore_nan(self.action_space, reply.action) or reply.action
end

--- A random action, drawn on the server.
-- @return the action
function Environment:sample()
  return operations.sample(self, self.sample_path, drawn)
end

--- Whether a value is a valid action.
-- @param action
-- @treturn bool
function Environment:contains(action)
  return methods.env_action_space_contains(self, self.id, action)
end

--- The current frame as a PNG image.
-- @string[opt] path file to write it to
-- @treturn string the image's bytes
-- @raise when the file cannot be written
function Environment:render(path)
  local image, message, err = methods.env_render(self, self.id)
  if not image then
    return nil, message, err
  elseif path then
    local file, fault = io.open(path, "wb")
    local written
    if file then
      written, fault = file:write(image)
      file:close()
    end
    if not written then
      errors.misuse("cannot write the frame: " .. fault)
    end
  end
  return image
end

--- Close the environment on the server. One that `make` made is also closed when its object is collected or, on Lua
-- 5.4, leaves the scope of `local env <close>`.
-- @treturn bool true
function Environment:close()
  local closed, message, err = methods.env_close(self, self.id)
  if closed or err.code == "unknown_instance" or err.status == 410 then -- it is gone, or was
    self.closed = true
    if self.guard then
      self.guard:dismiss()
    end
  end
  if not closed then
    return nil, message, err
  end
  return true
end

return environment
