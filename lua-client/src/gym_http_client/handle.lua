--- Carrying out an operation: its request, the check of its reply, its results, and how to make it again.
-- @module gym_http_client.handle

local encoding = require("gym_http_client.encoding")
local errors = require("gym_http_client.errors")
local safe_pairs = require("gym_http_client.safe_pairs")

local handle = {}

-- What a reply lacks of what it promises.
local function fault_of(reply, promised, request)
  for name, types in safe_pairs(promised) do
    local found = type(reply[name])
    if not types:find(found, 1, true) then
      local fault = found == "nil" and "lacks '" .. name .. "'" or "has a " .. found .. " as '" .. name .. "'"
      return errors.new("decode", ("the reply to %s %s %s"):format(request.method, request.path, fault))
    end
  end
end

-- What an operation that failed returns. Its caller can make it again, under the same key.
local function failed(err, request, again)
  err.key, err.retry = request.key, again
  return errors.results(err)
end

local function complete(caller, request, promised, finish, face)
  local reply, nulls = caller.session:get_document(request, face)
  local err = not reply and nulls or reply and fault_of(reply, promised, request)
  if err then
    return failed(err, request, function() return complete(caller, request, promised, finish, face) end)
  end
  if nulls == nil and caller.encoding == encoding.ask_for_msgpack then
    caller.encoding = encoding.msgpack -- the server knows it
  end
  return finish(reply, nulls, caller)
end

--- Carry out an operation.
-- @tab caller with the `session` that sends it and the `encoding` to speak
-- @string method `"GET"` or `"POST"`
-- @string path
-- @tab[opt] body
-- @tab promised the types that members of the reply may have, by name
-- @func finish makes the results of the reply, of whether its nulls may be NaN (see @{gym_http_client.encoding}), and
-- of the caller
-- @func[opt] face of the arrays in the reply, see @{gym_http_client.arrays}
-- @return what `finish` returns, or what @{gym_http_client.errors.results} does
function handle.document(caller, method, path, body, promised, finish, face)
  return complete(caller, caller.session:request(method, path, body, caller.encoding), promised, finish, face)
end

local function complete_raw(caller, request, media_type)
  local body, content_type = caller.session:get_raw(request, media_type)
  if not body then
    return failed(content_type, request, function() return complete_raw(caller, request, media_type) end)
  end
  return body, content_type
end

--- Carry out an operation whose reply is no document.
-- @tab caller
-- @string path
-- @string media_type of the reply
-- @treturn string its body, or what @{gym_http_client.errors.results} returns
-- @treturn string its Content-Type
function handle.raw(caller, path, media_type)
  local request = caller.session:request("GET", path, nil, {accept = media_type .. ", application/json;q=0.5"})
  return complete_raw(caller, request, media_type)
end

return handle
