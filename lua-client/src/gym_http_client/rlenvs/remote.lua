--- What both rlenvs interfaces share: an environment that lives on a server.
--
-- Where Torch loads, arrays (Box, MultiBinary) are `torch.Tensor`s and actions may be tensors; elsewhere they are
-- tables. rlenvs has no error values, so failures raise.
-- @module gym_http_client.rlenvs.remote

local gym_http_client = require("gym_http_client")
local safe_pairs = require("gym_http_client.safe_pairs")

local remote = {}

local DEFAULT_BASE = "http://127.0.0.1:5000"
local ARRAYS = {Box = true, MultiBinary = true}

local function checked(value, ...)
  if value == nil then
    error(tostring((...)), 0)
  end
  return value, ...
end

local function load_torch()
  local loaded, torch = pcall(require, "torch")
  return loaded and torch or nil
end

local function to_tensors(torch, space, value)
  if ARRAYS[space.name] and type(value) == "table" then
    return torch.Tensor(value)
  elseif space.spaces and space.name ~= "OneOf" then
    local converted = {}
    for key, member in safe_pairs(space.spaces) do
      converted[key] = to_tensors(torch, member, value[key])
    end
    return converted
  end
  return value
end

local function from_tensors(torch, value)
  if torch.isTensor(value) then
    return value:totable()
  elseif type(value) == "table" then
    local converted = {}
    for key, member in safe_pairs(value) do
      converted[key] = from_tensors(torch, member)
    end
    return converted
  end
  return value
end

local Remote = {}
Remote.__index = Remote

--- Begin an episode.
-- @return the first observation
function Remote:start()
  return self:observed((checked(self.env:reset())))
end

--- Take an action.
-- @param action of the action space: a number, a list, or a tensor
-- @treturn number reward
-- @return observation
-- @treturn bool terminal: the episode ended, by the task or by a time limit
function Remote:step(action)
  if self.torch then
    action = from_tensors(self.torch, action)
  end
  local space = self.env.action_space
  if space.name == "Discrete" then
    action = (type(action) == "table" and action[1] or action) + self:action_offset(space)
  end
  local observation, reward, terminated, truncated = checked(self.env:step(action))
  return reward, self:observed(observation), terminated or truncated
end

function Remote:observed(observation)
  return self.torch and to_tensors(self.torch, self.env.observation_space, observation) or observation
end

-- What to add to a discrete action, where the interface counts from zero and the space does not.
function Remote.action_offset()
  return 0
end

--- Agents announce training; a remote environment is the same in both modes.
function Remote.training() end

--- Agents announce evaluation.
function Remote.evaluate() end

--- Agents ask for a picture on the screen, which rlenvs' own environments show on request only; here there is none.
function Remote.render() end

--- Close the environment on the server.
function Remote:close()
  checked(self.env:close())
end

--- A class as rlenvs has them: `local Env = require(name); local env = Env(opts)`.
-- Its `opts`: `env_id` (or `game`, which agents hand down from their command line), `base` (default
-- `http://127.0.0.1:5000`), `seed`, `kwargs`, and `maxSteps` or `timeStepLimit`.
-- @tab methods those of the interface
-- @treturn tab the class
function remote.class(methods)
  local class = setmetatable({}, {__index = Remote})
  for name, method in safe_pairs(methods) do
    class[name] = method
  end
  class.__index = class

  local function construct(_, opts)
    opts = opts or {}
    local env_id = opts.env_id or opts.game
    if not env_id then
      error("which environment? Say opts.env_id (or opts.game), such as 'CartPole-v1'", 2)
    end
    local client = gym_http_client.new(opts.base or DEFAULT_BASE)
    local env = checked(client:make(env_id, {
      seed = opts.seed, kwargs = opts.kwargs, max_episode_steps = opts.maxSteps or opts.timeStepLimit,
    }))
    return setmetatable({env = env, torch = load_torch()}, class)
  end

  getmetatable(class).__call = construct
  return class
end

return remote
