--- The client of one server.
-- @module gym_http_client.client

local encoding = require("gym_http_client.encoding")
local env = require("gym_http_client.env")
local environment = require("gym_http_client.environment")
local operations = require("gym_http_client.operations")
local safe_pairs = require("gym_http_client.safe_pairs")
local session = require("gym_http_client.session")
local vector = require("gym_http_client.vector")

local client = {}

local Client = {}
Client.__index = Client
for name, operation in safe_pairs(operations.methods) do
  Client[name] = operation
end

--- A client of the server at `base`. Nothing is sent yet; the first call opens a connection, which is kept.
-- @string base such as `http://127.0.0.1:5000`
-- @tab[opt] options
-- @string[opt] options.token bearer token (default: the environment variable `GYM_HTTP_TOKEN`)
-- @number[opt=60] options.timeout seconds for one call, with all its retries
-- @int[opt] options.retries how often a call is repeated at most after a lost connection or a gateway's 502, 503 or
-- 504, which never acts twice (default: until the timeout; 0: never)
-- @string[opt] options.encoding `"json"` or `"msgpack"` for everything (default: JSON for the operations, and for
-- environments MessagePack where the server has it)
-- @string[opt] options.cafile file of the certificates to trust for https, instead of the system's
-- @bool[opt=true] options.verify whether to verify the certificate for https
-- @treturn Client
-- @raise for a bad URL or option
function client.new(base, options)
  options = options or {}
  local named = options.encoding
  if named ~= nil and named ~= "json" and named ~= "msgpack" then
    error("bad encoding '" .. tostring(named) .. "': expected 'json' or 'msgpack'", 2)
  end
  return setmetatable({
    remote_base = base,
    session = session.new(base, options),
    named_encoding = encoding[named],
    encoding = encoding[named] or encoding.default_of.operations,
  }, Client)
end

--- A client of one server: the operations of @{gym_http_client.operations.Operations}, and what follows.
-- @type Client

--- Close the connection; the next call opens another. Instances on the server live on.
function Client:close()
  self.session:close()
end

local function object(fields, err)
  if not fields then
    return nil, err
  end
  return (fields.is_vector and vector or env).new(fields)
end

--- Create an environment and get it as an object.
-- @string env_id
-- @tab[opt] options as for @{gym_http_client.operations.Operations:env_create}
-- @treturn gym_http_client.environment.Environment
function Client:make(env_id, options)
  return object(environment.make(self, env_id, options))
end

--- A live instance as an object, whoever created it.
-- @string instance_id
-- @treturn gym_http_client.environment.Environment
function Client:attach(instance_id)
  return object(environment.attach(self, instance_id))
end

return client
