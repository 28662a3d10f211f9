local gym_http_client = require("gym_http_client")
local live = require("live")
local nginx = require("nginx")
local proxy = require("proxy")
local socket = require("socket")

describe("a client on the sockets of cqueues", function()
  local cqueues = require("cqueues")
  local sockets = require("gym_http_client.sockets.cqueues")

  -- Run a function as one coroutine of a loop, and count how often another one came to run meanwhile.
  local function run(main)
    local loop, going, turns = cqueues.new(), true, 0
    loop:wrap(function()
      while going do
        cqueues.sleep(0.01)
        turns = turns + 1
      end
    end)
    loop:wrap(function()
      main()
      going = false
    end)
    local ok, message = loop:loop()
    assert(ok, message)
    return turns
  end

  it("plays an episode", function()
    run(function()
      local env = assert(gym_http_client.new(live.base, {socket = sockets}):make("CartPole-v1", {seed = 1}))
      assert.equal(4, #env:reset())
      local steps = 0
      repeat
        local observation, reward, terminated, truncated = env:step(steps % 2)
        assert(observation, reward)
        steps = steps + 1
      until terminated or truncated
      assert.is_true(steps > 8)
      assert.equal("\137PNG\r\n", assert(env:render()):sub(1, 6))
      assert(env:close())
    end)
  end)

  it("lets others run while it waits, and keeps to its deadline", function()
    local faulty = proxy.start({"late:0.5", "hold:"})
    local turns = run(function()
      local client = gym_http_client.new(faulty.base, {socket = sockets, timeout = 1})
      local start = socket.gettime()
      local _, _, err = client:health()
      assert.equal("timeout", err.kind)
      local seconds = socket.gettime() - start
      assert(0.95 < seconds and seconds < 5, seconds)
      client:close()
    end)
    assert(turns > 5, turns)
    faulty.requests()
  end)

  it("never doubles a step, whatever breaks", function()
    local direct = live.client()
    local id = assert(direct:env_create("CartPole-v1"))
    assert(direct:env_reset(id))
    local faulty = proxy.start({"drop", "cut", "close", "pass", "cut", "drop", "pass"})
    run(function()
      local client = gym_http_client.new(faulty.base, {socket = sockets})
      assert(client:env_step(id, 0))
      assert(client:env_step(id, 1))
      client:close()
    end)
    assert.equal(2, direct:env_info(id).steps)
    faulty.requests()
    direct:env_close(id)
  end)

  it("says what does not listen, is unknown, or wants TLS", function()
    run(function()
      local function message_of(base)
        return select(3, gym_http_client.new(base, {socket = sockets, retries = 0}):health()).message
      end
      assert.truthy(message_of("http://127.0.0.1:1"):find("refused", 1, true))
      assert.truthy(message_of("http://no-such-host.invalid"):find("failed", 1, true))
      assert.truthy(message_of("https://" .. live.address):find("speak no TLS", 1, true))
      local pauses = 0
      local counting = setmetatable({sleep = function() pauses = pauses + 1 end}, {__index = sockets})
      assert.is_nil((gym_http_client.new("http://no-such-host.invalid", {socket = counting}):health()))
      assert.equal(0, pauses)
    end)
  end)

  it("closes what was collected with its next call, as a finalizer cannot wait", function()
    run(function()
      local client = gym_http_client.new(live.base, {socket = sockets})
      local id = assert(client:make("CartPole-v1")).id
      collectgarbage()
      collectgarbage()
      assert.is_not_nil(client:env_list_all()[id])
      assert.is_nil(client:env_list_all()[id])
      client:close()
    end)
  end)
end)

describe("a client on the sockets of OpenResty", function()
  if not nginx.is_there then
    pending("needs nginx with its Lua module, see install-test-deps")
    return
  end

  -- What nginx answers a GET.
  local function get(port, path)
    local connection = assert(socket.connect("127.0.0.1", port))
    connection:settimeout(20)
    connection:send("GET " .. path .. " HTTP/1.0\r\n\r\n")
    local reply = connection:receive("*a")
    connection:close()
    return reply:match("\r\n\r\n(.*)$")
  end

  it("plays an episode within a request", function()
    local server = nginx.start(([[
      local client = gym.new("%s", {socket = sockets})
      local env = assert(client:make("CartPole-v1", {seed = 1}))
      local observation, steps = assert(env:reset()), 0
      repeat
        local next_observation, reward, terminated, truncated = env:step(steps %% 2)
        assert(next_observation, reward)
        steps = steps + 1
      until terminated or truncated
      ngx.say(#observation, " ", steps > 8, " ", env:close())
      ngx.say(select(3, client:make("CartPoll-v1")).code)
      local nobody = gym.new("http://127.0.0.1:1", {socket = sockets, retries = 0})
      ngx.say(select(3, nobody:health()).kind)]]):format(live.base))
    local text = get(server.port, "/")
    server.stop()
    assert.equal("4 true true\nunknown_env_id\ntransport\n", text)
  end)

  it("lets nginx serve others while it waits, and keeps to its deadline", function()
    local faulty = proxy.start({"hold:"})
    local server = nginx.start(([[
      local client = gym.new("%s", {socket = sockets, timeout = 3})
      local start = sockets.gettime()
      local _, _, err = client:health()
      local seconds = sockets.gettime() - start
      ngx.say(err.kind, " ", 2.95 < seconds and seconds < 8)]]):format(faulty.base))
    local waiting = assert(socket.connect("127.0.0.1", server.port))
    waiting:send("GET / HTTP/1.0\r\n\r\n")
    socket.sleep(0.1)
    assert.equal("at once\n", get(server.port, "/at-once"))
    waiting:settimeout(0)
    assert.same({nil, "timeout", ""}, {waiting:receive("*l")})
    waiting:settimeout(20)
    assert.equal("timeout true\n", waiting:receive("*a"):match("\r\n\r\n(.*)$"))
    waiting:close()
    server.stop()
    faulty.requests()
  end)
end)
