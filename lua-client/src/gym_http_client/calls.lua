--- The shapes that operations have: what they ask, what of the reply they hand over.
-- @module gym_http_client.calls

local each = require("gym_http_client.each")
local errors = require("gym_http_client.errors")
local session = require("gym_http_client.session")
local values = require("gym_http_client.values")

local calls = {}

--- The route of an instance's operation.
-- @string instance_id
-- @string rest what follows the id
-- @treturn string
function calls.route(instance_id, rest)
  return "/v1/envs/" .. session.escape(instance_id) .. rest
end

-- What replies promise: the types that each member may have. Vector envs have lists where others have numbers and
-- booleans; what the API's first servers did not send may be missing.
local ANY = "number string boolean table"
local RESET = {observation = ANY, info = "table nil"}
local STEP = {
  observation = ANY, reward = "number table", done = "boolean table", info = "table",
  terminated = "boolean table nil", truncated = "boolean table nil",
}
local ACTION = {action = ANY}
local SPACE = {info = "table", single = "table nil"}

local function fetch(client, method, path, body, promised)
  local reply, was_json = client.session:call(method, path, body, client.encoding)
  if not reply then
    return nil, was_json
  end
  for name, types in each(promised) do
    local found = type(reply[name])
    if not types:find(found, 1, true) then
      local fault = found == "nil" and "lacks '" .. name .. "'" or "has a " .. found .. " as '" .. name .. "'"
      return nil, errors.new("decode", ("the reply to %s %s %s"):format(method, path, fault))
    end
  end
  return reply, was_json
end

--- An operation that hands over its whole reply.
-- @tab client
-- @string method `"GET"` or `"POST"`
-- @string path
-- @tab[opt] body
-- @string name of a member that the reply must have
-- @string kind its type
-- @treturn tab the reply, or nil and an error
function calls.whole(client, method, path, body, name, kind)
  local reply, err = fetch(client, method, path, body, {[name] = kind})
  if not reply then
    return nil, err
  end
  return reply
end

--- An operation that hands over one member of its reply.
-- @tab client
-- @string method
-- @string path
-- @tab[opt] body
-- @string name of the member
-- @string kind its type
-- @return the member, or nil and an error
function calls.member(client, method, path, body, name, kind)
  local reply, err = fetch(client, method, path, body, {[name] = kind})
  if not reply then
    return nil, err
  end
  return reply[name]
end

--- An operation whose reply says nothing but that it was done.
-- @tab client
-- @string path
-- @tab[opt] body
-- @treturn bool true, or nil and an error
function calls.act(client, path, body)
  local reply, err = fetch(client, "POST", path, body, {})
  if not reply then
    return nil, err
  end
  return true
end

local function observe(client, path, body, promised)
  local reply, was_json = fetch(client, "POST", path, body, promised)
  if reply and was_json then
    reply.observation = values.restore(reply.observation)
    reply.reward = values.restore(reply.reward)
  end
  return reply, was_json
end

--- A reset, with infinities and NaN restored.
-- @tab client
-- @string path
-- @tab body
-- @treturn tab the reply, or nil and an error
function calls.reset(client, path, body)
  return observe(client, path, body, RESET)
end

--- A step, with infinities and NaN restored.
-- @tab client
-- @string path
-- @tab body
-- @treturn tab the reply, or nil and an error
function calls.step(client, path, body)
  return observe(client, path, body, STEP)
end

--- An action, with infinities and NaN restored.
-- @tab client
-- @string path
-- @return the action, or nil and an error
function calls.action(client, path)
  local reply, was_json = fetch(client, "GET", path, nil, ACTION)
  if not reply then
    return nil, was_json
  elseif was_json then
    return values.restore(reply.action)
  end
  return reply.action
end

--- A space, and for a vector env that of one environment, their bounds restored.
-- @tab client
-- @string path
-- @treturn tab the space, or nil and an error
-- @treturn tab that of one environment
function calls.space(client, path)
  local reply, was_json = fetch(client, "GET", path, nil, SPACE)
  if not reply then
    return nil, was_json
  elseif was_json then
    values.restore_bounds(reply)
  end
  return reply.info, reply.single
end

return calls
