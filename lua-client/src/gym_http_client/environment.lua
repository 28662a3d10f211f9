--- What environments and vector environments have in common.
-- @module gym_http_client.environment

local encoding = require("gym_http_client.encoding")
local numbers = require("gym_http_client.numbers")
local operations = require("gym_http_client.operations")
local spaces = require("gym_http_client.spaces")

local environment = {}

local methods = operations.methods

local function created(reply)
  return reply.instance_id
end

-- The fields that operations need of whoever calls them.
local function caller(client)
  return {
    client = client, session = client.session,
    encoding = client.named_encoding or encoding.default_of.environments,
  }
end

-- Add what is to be known of an instance.
local function describe(fields, instance_id)
  local info, err = methods.env_info(fields, instance_id)
  if not info then
    return nil, err
  end
  fields.id, fields.env_id, fields.num_envs, fields.metadata = instance_id, info.env_id, info.num_envs, info.metadata
  fields.reset_path, fields.step_path, fields.sample_path = operations.route(instance_id, "/reset/"),
    operations.route(instance_id, "/step/"), operations.route(instance_id, "/action_space/sample")
  for _, name in ipairs({"action_space", "observation_space"}) do
    local space, single = methods["env_" .. name .. "_info"](fields, instance_id)
    if not space then
      return nil, single
    end
    fields[name] = spaces.complete(space)
    fields["single_" .. name] = single and spaces.complete(single) or space
    fields.is_vector = single ~= nil
  end
  return fields
end

--- Create an instance.
-- @tparam gym_http_client.client.Client client
-- @string env_id
-- @tab[opt] options
-- @treturn tab the fields of its object, or nil and an error
function environment.make(client, env_id, options)
  local fields = caller(client)
  local instance_id, err = operations.create(fields, env_id, options, created)
  if not instance_id then
    return nil, err
  end
  return describe(fields, instance_id)
end

--- Look at a live instance.
-- @tparam gym_http_client.client.Client client
-- @string instance_id
-- @treturn tab the fields of its object, or nil and an error
function environment.attach(client, instance_id)
  return describe(caller(client), instance_id)
end

--- An environment on the server.
--
-- Its fields: `id`, the instance_id on the server; `env_id`; `num_envs`; `is_vector`, whether values have a leading
-- axis over environments (one of a single environment may have it, too); `action_space` and `observation_space`, the
-- descriptions of the spaces, batched for a vector env; `single_action_space` and `single_observation_space`, those of
-- one of its environments; `metadata`, as the environment has it.
-- @type Environment
local Environment = {}
Environment.__index = Environment

--- A class of environments.
-- @treturn tab
function environment.class()
  local class = setmetatable({}, Environment)
  class.__index = class
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
  local image, err = methods.env_render(self, self.id)
  if image and path then
    local file = assert(io.open(path, "wb"))
    assert(file:write(image))
    assert(file:close())
  end
  return image, not image and err or nil
end

--- Close the environment on the server.
-- @treturn bool true
function Environment:close()
  return methods.env_close(self, self.id)
end

return environment
