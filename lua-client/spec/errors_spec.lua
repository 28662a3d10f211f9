local errors = require("gym_http_client.errors")
local gym_http_client = require("gym_http_client")
local live = require("live")
local proxy = require("proxy")

local client = live.client()

local function output_of(script)
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write(("package.path = [[%s]] local client = require('gym_http_client').new([[%s]]) "):format(
    package.path, live.base), script)
  file:close()
  local process = assert(io.popen(("%s %s 2>&1"):format(live.lua, path)))
  local text = process:read("*a")
  process:close()
  os.remove(path)
  return text
end

describe("an error", function()
  it("is what assert shows when a program ends with it", function()
    local shown = output_of("local env = assert(client:make('CartPoll-v1'))")
    local line = "api error 400 unknown_env_id: No environment 'CartPoll-v1' is registered"
    assert.truthy(shown:find(line, 1, true), shown)
  end)

  it("is the third result everywhere, with its kind", function()
    local env, message, err = client:make("CartPoll-v1")
    assert.is_nil(env)
    assert.is_true(errors.is_error(err))
    assert.same({"api", 400, "unknown_env_id"}, {err.kind, err.status, err.code})
    assert.equal(tostring(err), tostring(message))
    assert.equal("failed: " .. tostring(err), "failed: " .. message)
    for _, call in ipairs({
      function() return client:env_render("no such") end,
      function() return client:attach("no such") end,
      function() return client:env_info("no such") end,
    }) do
      assert.equal("unknown_instance", select(3, call()).code)
    end
  end)

  it("is caught whole where assert takes it, and as its message elsewhere", function()
    -- In a process of its own: busted has an assert of its own.
    local shown = output_of([[
      local ok, caught = pcall(function() return assert(client:make("CartPoll-v1")) end)
      print(ok, type(caught) == "string" and "message" or caught.code)]])
    local message_only = not jit and (_VERSION == "Lua 5.1" or _VERSION == "Lua 5.2")
    assert.equal(message_only and "false\tmessage\n" or "false\tunknown_env_id\n", shown)
  end)
end)

describe("a call that failed for good", function()
  it("is made again under its own key, and done once", function()
    local id = assert(client:env_create("CartPole-v1"))
    assert(client:env_reset(id, {seed = 1}))
    local faulty = proxy.start({"drop", "drop", "pass"})
    local _, _, err = gym_http_client.new(faulty.base, {retries = 0}):env_step(id, 1)
    assert.equal("transport", err.kind)
    _, _, err = err.retry()
    assert.equal("transport", err.kind)
    local observation, reward, done, info, terminated, truncated = err.retry()
    assert.same({4, 1, false, {}, false, false}, {#observation, reward, done, info, terminated, truncated})
    assert.equal(1, client:env_info(id).steps)
    local requests = faulty.requests()
    assert.equal(err.key, requests[3].key)
    assert.same({requests[1], requests[1]}, {requests[2], requests[3]})
    assert(client:env_close(id))
  end)

  it("returns what its object's method would have returned", function()
    local faulty = proxy.start({"drop", "pass", "pass", "pass", "pass", "pass", "drop", "pass"})
    local far = gym_http_client.new(faulty.base, {retries = 0})
    local _, _, err = far:make("CartPole-v1")
    local env = assert(err.retry())
    assert(env:reset())
    _, _, err = env:step(1)
    assert.equal("transport", err.kind)
    local observation, reward, terminated, truncated, info = err.retry()
    assert.same({4, 1, false, false, {}}, {#observation, reward, terminated, truncated, info})
    far:close()
    faulty.requests()
    assert(client:env_close(env.id))
  end)

  it("may be a GET, which has no key", function()
    local faulty = proxy.start({"drop", "pass", "drop", "pass"})
    local far = gym_http_client.new(faulty.base, {retries = 0})
    local _, _, err = far:health()
    assert.is_nil(err.key)
    assert.equal("ok", err.retry().status)
    _, _, err = far:openapi()
    assert.truthy(err.retry():find("openapi: 3.1", 1, true))
    far:close()
    faulty.requests()
  end)
end)
