local gym_http_client = require("gym_http_client")
local live = require("live")
local proxy = require("proxy")
local socket = require("socket")

local direct = live.client()

local function exists(id)
  return direct:env_list_all()[id] ~= nil
end

-- Whether an instance is closed; its client waits for that a second at most, a busy server may take longer.
local function closes(id)
  for _ = 1, 100 do
    if not exists(id) then
      return true
    end
    socket.sleep(0.1)
  end
  return false
end

local function collect()
  collectgarbage()
  collectgarbage()
end

-- Run a script in a process of its own, with a `client`; the lines that it prints.
local function lines_of(script, ...)
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write(("package.path = [[%s]] local client = require('gym_http_client').new([[%s]]) "):format(
    package.path, live.base), script)
  file:close()
  local process = assert(io.popen(("%s %s %s 2>&1; echo status $?"):format(live.lua, path, table.concat({...}, " "))))
  local all = {}
  for line in process:lines() do
    all[#all + 1] = line
  end
  process:close()
  os.remove(path)
  return all
end

describe("an environment object", function()
  it("closes its instance when it is collected", function()
    local ids = {}
    for i = 1, 20 do
      ids[i] = assert(live.client():make("CartPole-v1")).id
    end
    collect()
    for i = 1, 20 do
      assert.is_true(closes(ids[i]))
    end
  end)

  it("closes its instance when it is collected in the middle of a call", function()
    local client = live.client()
    local id = assert(client:make("CartPole-v1")).id
    local exchange = client.session.transport.exchange
    client.session.transport.exchange = function(self, ...)
      self.exchange = exchange
      collect()
      return exchange(self, ...)
    end
    assert(client:health())
    assert.is_true(closes(id))
  end)

  it("leaves alone what was closed, what others made, and what is in use", function()
    local client = live.client()
    local env = assert(client:make("CartPole-v1"))
    local attached = assert(live.client():attach(env.id))
    assert.equal(env.id, attached.id)
    attached = nil -- luacheck: ignore
    collect()
    assert.is_true(exists(env.id))
    assert(env:close())
    local calls = client.session.calls
    env = nil -- luacheck: ignore
    collect()
    assert.equal(calls, client.session.calls)
  end)

  it("closes its instance when the program ends, in an error too", function()
    for _, ending in ipairs({"", "client:close()", "error('the end')"}) do
      local found = lines_of("env = assert(client:make('CartPole-v1')) print(env.id) " .. ending)
      assert.equal(ending:find("error") and "status 1" or "status 0", found[#found])
      if jit and ending == "client:close()" then -- it can use no connection then that was not open before
        assert.is_true(exists(found[1]))
      else
        assert.is_true(closes(found[1]))
      end
      direct:env_close(found[1])
    end
  end)

  it("is not waited for at the end where the server is silent", function()
    local faults = {}
    for i = 1, 40 do faults[i] = "pass" end -- four for each environment
    faults[41] = "hold:"
    local faulty = proxy.start(faults)
    local script = [[client = require("gym_http_client").new(arg[1])
      environments = {}
      for i = 1, 10 do
        environments[i] = assert(client:make("CartPole-v1"))
        print(environments[i].id)
      end]]
    local start = socket.gettime()
    local found = lines_of(script, faulty.base)
    local seconds = socket.gettime() - start
    assert(0.9 < seconds and seconds < 6, seconds) -- one second, not one for each
    faulty.requests()
    for i = 1, 10 do
      direct:env_close(found[i])
    end
  end)

  it("closes its instance at the end of its scope", function()
    if _VERSION ~= "Lua 5.4" then
      local env = assert(direct:make("CartPole-v1"))
      getmetatable(env).__close(env)
      assert.is_false(exists(env.id))
      return
    end
    local scope = load([[
      local client = ...
      local env <close> = assert(client:make("CartPole-v1"))
      return env.id]])
    assert.is_false(exists(scope(direct)))
  end)

  it("leaves no instance where it could not be made whole", function()
    local before = direct:health().instances
    local faulty = proxy.start({"pass", "pass", "raw:HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", "pass"})
    local client = gym_http_client.new(faulty.base)
    local env, _, err = client:make("CartPole-v1")
    assert.is_nil(env)
    assert.equal("decode", err.kind)
    client:close()
    faulty.requests()
    assert.equal(before, direct:health().instances)
  end)

  it("says what it is", function()
    local env = assert(direct:make("CartPole-v1"))
    assert.equal(("gym_http_client.Env: CartPole-v1 (%s at %s)"):format(env.id, live.base), tostring(env))
    env:close()
    env = assert(direct:make("CartPole-v1", {num_envs = 2}))
    assert.equal(("gym_http_client.VectorEnv: CartPole-v1 (%s at %s)"):format(env.id, live.base), tostring(env))
    env:close()
    assert.equal("gym_http_client.Client: " .. live.base, tostring(gym_http_client.new(live.base, {token = "s3cret"})))
  end)
end)

describe("a retired id", function()
  it("is a warning, once", function()
    local found = lines_of([[for _ = 1, 2 do client:make("FrozenLake-v0"):close() end]])
    assert.same({
      "gym_http_client: 'FrozenLake-v0' is retired, 'FrozenLake-v1' stands in for it: its observations may be others",
      "status 0",
    }, found)
  end)
end)
