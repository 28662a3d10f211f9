-- The server that the specs talk to (run-tests starts one).
local gym_http_client = require("gym_http_client")

local live = {}

live.base = os.getenv("GYM_HTTP_TEST_BASE")
  or error("no server to test against: use ./run-tests, or set GYM_HTTP_TEST_BASE to a server's URL", 0)
live.address = live.base:gsub("^http://", "")

-- The interpreter that runs the specs, for helpers that must be processes of their own.
live.lua = os.getenv("GYM_HTTP_TEST_LUA") or "lua"

function live.client(options)
  return gym_http_client.new(live.base, options)
end

return live
