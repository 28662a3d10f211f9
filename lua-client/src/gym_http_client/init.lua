--- Client of gym-http-api: reinforcement-learning environments over HTTP.
--
--     local client = require("gym_http_client").new("http://127.0.0.1:5000")
--     local id = client:env_create("CartPole-v1")
--     local observation = client:env_reset(id, {seed = 7})
--     local action = client:env_action_space_sample(id)
--     local observation, reward, done, info, terminated, truncated = client:env_step(id, action)
--     client:env_close(id)
--
-- The operations are described in @{gym_http_client.operations}, environments as objects in
-- @{gym_http_client.environment}. All of them
-- return `nil, err` on failure; see @{gym_http_client.errors}. Only a mistake in the program raises: a bad URL, or a
-- value that has no form in the encoding.
--
-- **Values.** Arrays are nested lists, a `Tuple` is a list, a `Dict` a table with string keys, a reward a number. For
-- a vector env observation, reward, done, terminated and truncated are lists over its environments. Infinities are
-- Lua's own, and so is NaN, but where JSON is spoken the operations give the `null` that stands for it. Integers are
-- integers on Lua 5.3 and later; those that no Lua number holds exactly are objects of @{gym_http_client.integer}.
-- @module gym_http_client

local client = require("gym_http_client.client")
local json = require("gym_http_client.json")

return {
  --- Version of the client.
  _VERSION = "1.0.0",
  --- Make a client; see @{gym_http_client.client.new}.
  new = client.new,
  --- The null of a document, as in `{render_mode = gym_http_client.null}`.
  null = json.null,
  --- Mark a table as an object: `object()` is written `{}`, where a plain empty table is `[]`.
  object = json.object,
}
