--- The shapes that operations have: what they ask, what of the reply they hand over.
-- @module gym_http_client.calls

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

local function fetch(client, method, path, body, name)
  local reply, was_json = client.session:call(method, path, body, client.encoding)
  if reply and name and reply[name] == nil then
    return nil, errors.new("decode", ("the reply to %s %s lacks '%s'"):format(method, path, name))
  end
  return reply, was_json
end

--- An operation that hands over its whole reply.
-- @tab client
-- @string method `"GET"` or `"POST"`
-- @string path
-- @tab[opt] body
-- @string[opt] name of a member that the reply must have
-- @treturn tab the reply, or nil and an error
function calls.whole(client, method, path, body, name)
  local reply, err = fetch(client, method, path, body, name)
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
-- @return the member, or nil and an error
function calls.member(client, method, path, body, name)
  local reply, err = fetch(client, method, path, body, name)
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
  local reply, err = fetch(client, "POST", path, body)
  if not reply then
    return nil, err
  end
  return true
end

--- A reset or a step, with infinities and NaN restored.
-- @tab client
-- @string path
-- @tab body
-- @treturn tab the reply, or nil and an error
function calls.observe(client, path, body)
  local reply, was_json = fetch(client, "POST", path, body, "observation")
  if reply and was_json then
    reply.observation = values.restore(reply.observation)
    reply.reward = values.restore(reply.reward)
  end
  return reply, was_json
end

--- An action, with infinities and NaN restored.
-- @tab client
-- @string path
-- @return the action, or nil and an error
function calls.action(client, path)
  local reply, was_json = fetch(client, "GET", path, nil, "action")
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
  local reply, was_json = fetch(client, "GET", path, nil, "info")
  if not reply then
    return nil, was_json
  elseif was_json then
    values.restore_bounds(reply)
  end
  return reply.info, reply.single
end

return calls
