--- An environment as an object, with the methods that Gymnasium's have.
--
--     local env = assert(client:make("CartPole-v1", {seed = 7}))
--     local observation, info = env:reset()
--     local observation, reward, terminated, truncated, info = env:step(env:sample())
--     env:close()
--
-- Methods return `nil, err` on failure, as the operations do.
-- @module gym_http_client.env

local environment = {}

local Env = {}
Env.__index = Env

--- The object for a live instance.
-- @tparam gym_http_client.client.Client client
-- @string instance_id
-- @treturn Env
function environment.attach(client, instance_id)
  local info, err = client:env_info(instance_id)
  if not info then
    return nil, err
  end
  local self = {
    client = client, id = instance_id, env_id = info.env_id, num_envs = info.num_envs, metadata = info.metadata,
  }
  for _, name in ipairs({"action_space", "observation_space"}) do
    local space, single = client["env_" .. name .. "_info"](client, instance_id)
    if not space then
      return nil, single
    end
    self[name], self["single_" .. name] = space, single or space
    self.is_vector = single ~= nil
  end
  return setmetatable(self, Env)
end

--- An environment, or a vector env of several.
--
-- Its fields: `id`, the instance_id on the server; `env_id`; `num_envs`; `is_vector`, whether values have a leading
-- axis over environments (one of a single environment may have it, too); `action_space` and `observation_space`, the
-- descriptions of the spaces, batched for a vector env; `single_action_space` and `single_observation_space`, those of
-- one of its environments; `metadata`, as the environment has it.
-- @type Env

--- Begin an episode.
-- @tab[opt] options `seed` (for a vector env also a list), `options`
-- @return the first observation
-- @treturn tab info
function Env:reset(options)
  return self.client:env_reset(self.id, options)
end

--- Take an action, in Gymnasium's order of results.
-- @param action a value of the action space; for a vector env a list of them
-- @return observation
-- @treturn number reward (for a vector env lists, here and below)
-- @treturn bool terminated
-- @treturn bool truncated
-- @treturn tab info
function Env:step(action)
  local observation, reward, _, info, terminated, truncated = self.client:env_step(self.id, action)
  if observation == nil then
    return nil, reward
  end
  return observation, reward, terminated, truncated, info
end

--- Both spaces.
-- @treturn tab the action space
-- @treturn tab the observation space
function Env:spaces()
  return self.action_space, self.observation_space
end

--- A random action, drawn on the server.
-- @return the action
function Env:sample()
  return self.client:env_action_space_sample(self.id)
end

--- Whether a value is a valid action.
-- @param action
-- @treturn bool
function Env:contains(action)
  return self.client:env_action_space_contains(self.id, action)
end

--- The current frame as a PNG image.
-- @string[opt] path file to write it to
-- @treturn string the image's bytes
-- @raise when the file cannot be written
function Env:render(path)
  local image, err = self.client:env_render(self.id)
  if image and path then
    local file = assert(io.open(path, "wb"))
    assert(file:write(image))
    assert(file:close())
  end
  return image, not image and err or nil
end

--- Close the environment on the server.
-- @treturn bool true
function Env:close()
  return self.client:env_close(self.id)
end

return environment
