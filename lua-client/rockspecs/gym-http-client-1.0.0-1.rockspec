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
    ["gym_http_client.arrays"] = "src/gym_http_client/arrays.lua",
    ["gym_http_client.client"] = "src/gym_http_client/client.lua",
    ["gym_http_client.connection"] = "src/gym_http_client/connection.lua",
    ["gym_http_client.encoding"] = "src/gym_http_client/encoding/init.lua",
    ["gym_http_client.encoding.arithmetic"] = "src/gym_http_client/encoding/arithmetic.lua",
    ["gym_http_client.encoding.binary"] = "src/gym_http_client/encoding/binary.lua",
    ["gym_http_client.encoding.cdata"] = "src/gym_http_client/encoding/cdata.lua",
    ["gym_http_client.encoding.json"] = "src/gym_http_client/encoding/json.lua",
    ["gym_http_client.encoding.lists"] = "src/gym_http_client/encoding/lists.lua",
    ["gym_http_client.encoding.magnitude"] = "src/gym_http_client/encoding/magnitude.lua",
    ["gym_http_client.encoding.msgpack"] = "src/gym_http_client/encoding/msgpack.lua",
    ["gym_http_client.encoding.numbers"] = "src/gym_http_client/encoding/numbers.lua",
    ["gym_http_client.env"] = "src/gym_http_client/env.lua",
    ["gym_http_client.environment"] = "src/gym_http_client/environment.lua",
    ["gym_http_client.errors"] = "src/gym_http_client/errors.lua",
    ["gym_http_client.guard"] = "src/gym_http_client/guard.lua",
    ["gym_http_client.handle"] = "src/gym_http_client/handle.lua",
    ["gym_http_client.integer"] = "src/gym_http_client/integer.lua",
    ["gym_http_client.operations"] = "src/gym_http_client/operations.lua",
    ["gym_http_client.options"] = "src/gym_http_client/options.lua",
    ["gym_http_client.rlenvs.remote"] = "src/gym_http_client/rlenvs/remote.lua",
    ["gym_http_client.rlenvs.v1"] = "src/gym_http_client/rlenvs/v1.lua",
    ["gym_http_client.rlenvs.v2"] = "src/gym_http_client/rlenvs/v2.lua",
    ["gym_http_client.safe_pairs"] = "src/gym_http_client/safe_pairs.lua",
    ["gym_http_client.session"] = "src/gym_http_client/session.lua",
    ["gym_http_client.sockets.cqueues"] = "src/gym_http_client/sockets/cqueues.lua",
    ["gym_http_client.sockets.luasocket"] = "src/gym_http_client/sockets/luasocket.lua",
    ["gym_http_client.sockets.openresty"] = "src/gym_http_client/sockets/openresty.lua",
    ["gym_http_client.sockets.tls"] = "src/gym_http_client/sockets/tls.lua",
    ["gym_http_client.spaces"] = "src/gym_http_client/spaces.lua",
    ["gym_http_client.transport"] = "src/gym_http_client/transport.lua",
    ["gym_http_client.vector"] = "src/gym_http_client/vector.lua",
  },
}
