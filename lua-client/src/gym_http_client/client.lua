--- The client of one server.
-- @module gym_http_client.client

local arrays = require("gym_http_client.arrays")
local encoding = require("gym_http_client.encoding")
local env = require("gym_http_client.env")
local environment = require("gym_http_client.environment")
local errors = require("gym_http_client.errors")
local operations = require("gym_http_client.operations")
local options = require("gym_http_client.options")
local safe_pairs = require("gym_http_client.safe_pairs")
local session = require("gym_http_client.session")
local vector = require("gym_http_client.vector")

local client = {}

local Client = {}
Client.__index = Client
for name, operation in safe_pairs(operations.methods) do
  Client[name] = operation
end

local LONGEST_TIMEOUT = 1e9 -- seconds

local KNOWN = {
  token = function(value)
    local fits = type(value) == "string" and value ~= "" and not value:find("[^!-~]")
    return not fits and "a string of printable ASCII characters without spaces" or nil
  end,
  timeout = function(value)
    local fits = type(value) == "number" and value > 0 and value <= LONGEST_TIMEOUT
    return not fits and "a number of seconds above 0 and at most 1e9" or nil
  end,
  retries = function(value)
    local fits = value == math.huge or options.is_whole(value) and value >= 0
    return not fits and "a whole number, 0 or more" or nil
  end,
  encoding = options.one_of("json", "msgpack"),
  arrays = function(value)
    return not arrays.face(value) and "'lists', 'bytes', 'torch', a function, or with LuaJIT 'ffi'" or nil
  end,
  socket = function(value)
    local fits = type(value) == "table" and value.connect and value.gettime and value.sleep
    return not fits and "a table with connect, gettime and sleep" or nil
  end,
  cafile = options.a("string"),
  verify = options.a("boolean"),
}

--- A client of the server at `base`. Nothing is sent yet; the first call opens a connection, which is kept.
-- @string base such as `http://127.0.0.1:5000`, or `unix:/run/gym.sock` for a Unix domain socket
-- @tab[opt] given options
-- @string[opt] given.token bearer token (default: the environment variable `GYM_HTTP_TOKEN`)
-- @number[opt=60] given.timeout seconds for one call, with all its retries
-- @int[opt] given.retries how often a call is repeated at most after a lost connection or a gateway's 502, 503 or
-- 504, which never acts twice (default: until the timeout; 0: never)
-- @string[opt] given.encoding `"json"` or `"msgpack"` for everything (default: JSON for the operations, and for
-- environments MessagePack where the server has it)
-- @param[opt="lists"] given.arrays what arrays of observations and the like become, see @{gym_http_client.arrays}; a
-- face other than lists speaks MessagePack for everything
-- @tab[opt] given.socket library of sockets, see @{gym_http_client.sockets.luasocket} (the default),
-- @{gym_http_client.sockets.cqueues} and @{gym_http_client.sockets.openresty}
-- @string[opt] given.cafile file of the certificates to trust for https, instead of the system's
-- @bool[opt=true] given.verify whether to verify the certificate for https
-- @treturn Client
-- @raise for a bad URL or option, at the caller's line
function client.new(base, given)
  given = options.check("new", given, KNOWN)
  local token = given.token or os.getenv("GYM_HTTP_TOKEN")
  local wanted = token and KNOWN.token(token)
  if wanted then
    errors.misuse("the environment variable GYM_HTTP_TOKEN must be " .. wanted)
  end
  local face = given.arrays ~= "lists" and given.arrays or nil
  if face and given.encoding == "json" then
    errors.misuse("new: the option 'arrays' wants MessagePack, which carries arrays as bytes, but 'encoding' is 'json'")
  end
  local named = encoding[face and "msgpack" or given.encoding]
  return setmetatable({
    remote_base = base,
    session = session.new(base, token, given),
    arrays = face and arrays.face(face),
    named_encoding = named,
    encoding = named or encoding.default_of.operations,
  }, Client)
end

--- A client of one server: the operations of @{gym_http_client.operations.Operations}, and what follows.
-- @type Client

--- Close the connection; the next call opens another. Instances on the server live on.
function Client:close()
  self.session:close()
end

Client.__close = Client.close

function Client:__tostring()
  return "gym_http_client.Client: " .. self.remote_base
end

local function build(fields)
  return (fields.is_vector and vector or env).new(fields)
end

--- Create an environment and get it as an object.
-- @string env_id
-- @tab[opt] given options as for @{gym_http_client.operations.Operations:env_create}
-- @treturn gym_http_client.environment.Environment
function Client:make(env_id, given)
  return environment.make(self, env_id, given, build)
end

--- A live instance as an object, whoever created it.
-- @string instance_id
-- @treturn gym_http_client.environment.Environment
function Client:attach(instance_id)
  return environment.attach(self, instance_id, build)
end

return client
