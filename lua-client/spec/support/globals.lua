-- Use the client in every way and name the globals that this made.
package.path = "src/?.lua;src/?/init.lua;" .. package.path
require("socket")
require("dkjson")
pcall(require, "ssl")

local before = {}
for name in pairs(_G) do
  before[name] = true
end

local client = require("gym_http_client").new(arg[1])
local env = assert(client:make("CartPole-v1", {num_envs = 2}))
assert(env:reset())
assert(env:step(env:sample()))
assert(env:render())
assert(env:close())
assert(client:registry_list())
assert(not client:env_step("no such", 1))
collectgarbage()
require("gym_http_client.rlenvs.v1")({base = arg[1], env_id = "CartPole-v1"}):close()
require("gym_http_client.rlenvs.v2")({base = arg[1], env_id = "CartPole-v1"}):close()
require("gym_http_client.sockets.tls")

local found = {}
for name in pairs(_G) do
  if not before[name] then
    found[#found + 1] = tostring(name)
  end
end
print(#found == 0 and "no new globals" or table.concat(found, " "))
