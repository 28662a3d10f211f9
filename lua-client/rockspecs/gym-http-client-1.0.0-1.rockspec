rockspec_format = "3.0"
package = "gym-http-client"
version = "1.0.0-1"
source = {
  url = "git+https://example.org/gym-http-api.git", -- set on publishing; `luarocks make` takes the working tree
  tag = "v1.0.0",
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
    ["gym_http_client.calls"] = "src/gym_http_client/calls.lua",
    ["gym_http_client.client"] = "src/gym_http_client/client.lua",
    ["gym_http_client.each"] = "src/gym_http_client/each.lua",
    ["gym_http_client.env"] = "src/gym_http_client/env.lua",
    ["gym_http_client.errors"] = "src/gym_http_client/errors.lua",
    ["gym_http_client.http"] = "src/gym_http_client/http.lua",
    ["gym_http_client.integer"] = "src/gym_http_client/integer.lua",
    ["gym_http_client.json"] = "src/gym_http_client/json.lua",
    ["gym_http_client.msgpack"] = "src/gym_http_client/msgpack.lua",
    ["gym_http_client.rlenvs.remote"] = "src/gym_http_client/rlenvs/remote.lua",
    ["gym_http_client.rlenvs.v1"] = "src/gym_http_client/rlenvs/v1.lua",
    ["gym_http_client.rlenvs.v2"] = "src/gym_http_client/rlenvs/v2.lua",
    ["gym_http_client.session"] = "src/gym_http_client/session.lua",
    ["gym_http_client.tls"] = "src/gym_http_client/tls.lua",
    ["gym_http_client.values"] = "src/gym_http_client/values.lua",
  },
}
