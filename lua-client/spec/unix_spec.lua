local gym_http_client = require("gym_http_client")
local live = require("live")
local nginx = require("nginx")
local patience = require("patience")
local socket = require("socket")

describe("a server at a Unix domain socket", function()
  local directory, base, server

  setup(function()
    directory = os.tmpname()
    os.remove(directory)
    os.execute("mkdir " .. directory)
    base = "unix:" .. directory .. "/gym.sock"
    server = assert(io.popen(("exec timeout 120 gym-http-server --listen %s --data-dir %s/data 2>&1"):format(
      base, directory)))
    assert.truthy(server:read("*l"):find(base, 1, true))
    assert(gym_http_client.new(base, {timeout = 100}):health()) -- it says its address before it listens there
  end)

  teardown(function()
    assert(gym_http_client.new(base):shutdown())
    server:read("*a") -- until the process ends
    server:close()
    os.execute("rm -rf " .. directory)
  end)

  -- The first rewards and observations of CartPole.
  local function played(client)
    local env = assert(client:make("CartPole-v1"))
    local seen = {assert(env:reset({seed = 5}))}
    for step = 1, 5 do
      local observation, reward = env:step(step % 2)
      seen[#seen + 1] = {observation, reward}
    end
    assert(env:close())
    return seen
  end

  it("gives what one at a port gives", function()
    local client = gym_http_client.new(base)
    assert.equal("gym_http_client.Client: " .. base, tostring(client))
    assert.same(played(live.client()), played(client))
    assert.equal(0, client:health().instances)
    client:close()
  end)

  it("refuses as any", function()
    local id, _, err = gym_http_client.new(base):env_create("CartPoll-v1")
    assert.is_nil(id)
    assert.equal("unknown_env_id", err.code)
  end)

  it("is reached on the sockets of cqueues, too", function()
    local loop = require("cqueues").new()
    local sockets = require("gym_http_client.sockets.cqueues")
    local seen, err
    loop:wrap(function()
      seen = played(gym_http_client.new(base, {socket = sockets}))
      err = select(3, gym_http_client.new(base .. "x", {socket = sockets, retries = 0}):health())
    end)
    assert(loop:loop())
    assert.same(played(live.client()), seen)
    assert.equal(("transport error: the connection to %sx failed: No such file or directory"):format(base),
      tostring(err))
  end)

  it("is reached on the sockets of OpenResty, too", function()
    if not nginx.is_there then
      pending("needs nginx with its Lua module, see install-test-deps")
      return
    end
    local front = nginx.start(([[
      local env = assert(gym.new("%s", {socket = sockets}):make("CartPole-v1"))
      ngx.say(#env:reset({seed = 1}), " ", select(2, env:step(1)), " ", env:close())
      local nobody = gym.new("%sx", {socket = sockets, retries = 0})
      ngx.say(select(3, nobody:health()).kind)]]):format(base, base))
    local connection = assert(socket.connect("127.0.0.1", front.port))
    connection:settimeout(20)
    connection:send("GET / HTTP/1.0\r\n\r\n")
    local reply = connection:receive("*a")
    front.stop()
    assert.equal("4 1 true\ntransport\n", reply:match("\r\n\r\n(.*)$"))
  end)
end)

describe("a Unix domain socket", function()
  -- What a call failed with, and how many seconds it paused.
  local function failure(base)
    local clock = patience.clock()
    local _, _, err = gym_http_client.new(base, {socket = clock.library}):health()
    return tostring(err), clock.paused()
  end

  it("that is not there is waited for, but not long", function()
    local said, seconds = failure("unix:/tmp/no/such.sock")
    assert.equal("transport error: the connection to unix:/tmp/no/such.sock failed: No such file or directory", said)
    assert(1 <= seconds and seconds <= 2, seconds)
  end)

  it("that cannot be there is an error at once", function()
    local said, seconds = failure("unix:/" .. ("x"):rep(200))
    assert.truthy(said:find("path too long", 1, true))
    assert.equal(0, seconds)
  end)

  it("wants a LuaSocket that knows them", function()
    local loaded, preload = package.loaded["socket.unix"], package.preload["socket.unix"]
    package.loaded["socket.unix"] = nil
    package.preload["socket.unix"] = function() error("not built") end
    local said, seconds = failure("unix:/tmp/no/such.sock")
    package.loaded["socket.unix"], package.preload["socket.unix"] = loaded, preload
    assert.truthy(said:find("needs LuaSocket's module socket.unix", 1, true), said)
    assert.equal(0, seconds)
  end)

  it("wants sockets that know them", function()
    local sockets = {connect = socket.connect, gettime = socket.gettime, sleep = socket.sleep}
    local _, _, err = gym_http_client.new("unix:/tmp/no/such.sock", {socket = sockets}):health()
    assert.truthy(err.message:find("know no Unix domain sockets", 1, true))
  end)
end)
