rockspec_format = "3.0"
package = "gym-http-client"
version = "scm-1"
source = {
  url = "git+https://example.org/gym-http-api.git", -- set on publishing; `luarocks make` takes the working tree
  dir = "gym-http-api/lua-client",
}
description = {
  summary = "Reinforcement-learning environments over HTTP",
  detailed = [[
    Client of gym-http-api, a server of Gymnasium environments: the operations of the API, an environment object with
    vector environments, and the rlenvs interfaces for Torch agents.]],
  license = "MIT",
  labels = {"reinforcement-learning", "gymnasium", "gym", "http"},
}
dependencies = {
  "lua >= 5.1, < 5.5",
  "luasocket >= 3.0",
  "dkjson >= 2.5",
}
build = {
  type = "builtin",
  modules = {
    ["gym_http_client"] = "src/gym_http_client/init.lua",
    ["gym_http_client.binary"] = "src/gym_http_client/binary.lua",
    ["gym_http_client.client"] = "src/gym_http_client/client.lua",
    ["gym_http_client.connection"] = "src/gym_http_client/connection.lua",
    ["gym_http_client.encoding"] = "src/gym_http_client/encoding.lua",
    ["gym_http_client.env"] = "src/gym_http_client/env.lua",
    ["gym_http_client.environment"] = "src/gym_http_client/environment.lua",
    ["gym_http_client.errors"] = "src/gym_http_client/errors.lua",
    ["gym_http_client.integer"] = "src/gym_http_client/integer.lua",
    ["gym_http_client.json"] = "src/gym_http_client/json.lua",
    ["gym_http_client.msgpack"] = "src/gym_http_client/msgpack.lua",
    ["gym_http_client.numbers"] = "src/gym_http_client/numbers.lua",
    ["gym_http_client.operations"] = "src/gym_http_client/operations.lua",
    ["gym_http_client.rlenvs.remote"] = "src/gym_http_client/rlenvs/remote.lua",
    ["gym_http_client.rlenvs.v1"] = "src/gym_http_client/rlenvs/v1.lua",
    ["gym_http_client.rlenvs.v2"] = "src/gym_http_client/rlenvs/v2.lua",
    ["gym_http_client.safe_pairs"] = "src/gym_http_client/safe_pairs.lua",
    ["gym_http_client.session"] = "src/gym_http_client/session.lua",
    ["gym_http_client.spaces"] = "src/gym_http_client/spaces.lua",
    ["gym_http_client.tls"] = "src/gym_http_client/tls.lua",
    ["gym_http_client.transport"] = "src/gym_http_client/transport.lua",
    ["gym_http_client.vector"] = "src/gym_http_client/vector.lua",
  },
}
