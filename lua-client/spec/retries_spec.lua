local errors = require("gym_http_client.errors")
local gym_http_client = require("gym_http_client")
local live = require("live")
local luasocket = require("gym_http_client.sockets.luasocket")
local patience = require("patience")
local proxy = require("proxy")
local socket = require("socket")
local transport = require("gym_http_client.transport")

local function reply(status, content_type, body, more)
  return ("HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n%s\r\n%s"):format(
    status, content_type, #body, more or "", body)
end

local function raw(...)
  return "raw:" .. reply(...)
end

-- One call of health through these faults: what it returned, what the proxy saw, how many seconds it paused.
local function health_through(faults, options)
  local faulty = proxy.start(faults)
  local clock = patience.clock()
  options = options or {}
  options.socket = clock.library
  local client = gym_http_client.new(faulty.base, options)
  local value, _, err = client:health()
  client:close()
  return value, err, faulty.requests(), clock.paused()
end

-- What a call through that client failed with, and how many seconds it paused.
local function failure(base, options)
  local clock = patience.clock()
  options.socket = clock.library
  local _, _, err = gym_http_client.new(base, options):health()
  return err, clock.paused()
end

-- Assert that seconds are within bounds.
local function within(least, most, seconds)
  assert(least <= seconds and seconds <= most, ("%g s are not %g to %g"):format(seconds, least, most))
end

-- Assert that a call takes so many seconds (LuaSocket rounds its waits down to milliseconds).
local function takes(least, most, call)
  local start = socket.gettime()
  call()
  within(least, most, socket.gettime() - start)
end

describe("a lost connection", function()
  local direct = live.client()

  for _, fault in ipairs({"close", "drop", "cut"}) do
    it("does not double a step (" .. fault .. ")", function()
      local id = assert(direct:env_create("CartPole-v1"))
      assert(direct:env_reset(id, {seed = 1}))
      local faulty = proxy.start({"pass", fault, "pass", "pass"})
      local client = gym_http_client.new(faulty.base)
      for step = 1, 3 do
        local observation, reward, done = client:env_step(id, step % 2)
        assert.equal(4, #observation)
        assert.equal(1, reward)
        assert.is_false(done)
      end
      client:close()
      assert.equal(3, direct:env_info(id).steps)
      local requests = faulty.requests()
      assert.equal(4, #requests)
      assert.equal(requests[2].key, requests[3].key)
      assert.is_true(requests[1].key ~= requests[2].key and requests[3].key ~= requests[4].key)
      assert(direct:env_close(id))
    end)
  end

  it("is retried for a GET, which bears no key", function()
    local value, _, requests = health_through({"drop", "pass"})
    assert.equal("ok", value.status)
    assert.equal("GET", requests[2].method)
    assert.equal("-", requests[2].key)
  end)

  it("is retried until the deadline, again and again", function()
    local faults = {}
    for i = 1, 12 do faults[i] = i % 3 == 0 and "cut" or i % 2 == 0 and "drop" or "close" end
    faults[#faults + 1] = "pass"
    local value, _, requests = health_through(faults)
    assert.equal("ok", value.status)
    assert.equal(13, #requests)
  end)

  it("is an error at the deadline, and not later", function()
    local faults = {}
    for i = 1, 40 do faults[i] = "close" end
    local value, err, requests, seconds = health_through(faults, {timeout = 0.7})
    assert.is_nil(value)
    assert.equal("transport", err.kind)
    assert.is_true(#requests >= 6, #requests)
    within(0.2, 0.7, seconds)
  end)

  it("is retried as often as the option says", function()
    local value, err, requests = health_through({"close", "close", "close"}, {retries = 2})
    assert.is_nil(value)
    assert.equal("transport", err.kind)
    assert.equal(3, #requests)
    assert.truthy(tostring(err):find("^transport error: the connection to 127.0.0.1:%d+ was lost$"))
  end)

  it("is an error at once without retries", function()
    local _, err, requests = health_through({"close"}, {retries = 0})
    assert.equal("transport", err.kind)
    assert.equal(1, #requests)
  end)

  it("is noticed when a kept connection was closed in between", function()
    local faulty = proxy.start({"rawclose:" .. reply("200 OK", "application/json", '{"status":"ok"}'), "pass"})
    local client = gym_http_client.new(faulty.base)
    assert.equal("ok", client:health().status)
    assert.equal("ok", client:health().status)
    assert.equal(2, #faulty.requests())
  end)
end)

describe("a server that is not there", function()
  local closed = assert(socket.bind("127.0.0.1", 0))
  local _, port = closed:getsockname()
  local base = "http://127.0.0.1:" .. port
  closed:close()

  it("is an error at once without retries", function()
    local value, _, err = gym_http_client.new(base, {retries = 0}):health()
    assert.is_nil(value)
    assert.is_true(errors.is_error(err))
    assert.equal(("transport error: the connection to 127.0.0.1:%d failed: connection refused"):format(port),
      tostring(err))
  end)

  it("is waited for, but not long where it never was", function()
    local err, seconds = failure(base, {})
    assert.equal("transport", err.kind)
    assert.truthy(err.message:find("refused", 1, true))
    within(1, 2, seconds)
    err, seconds = failure(base, {timeout = 0.5})
    assert.equal("transport", err.kind)
    within(0.1, 0.5, seconds)
  end)

  it("is waited for until the deadline where it was before", function()
    local faulty = proxy.start({"rawclose:" .. reply("200 OK", "application/json", '{"status":"ok"}')})
    local clock = patience.clock()
    local client = gym_http_client.new(faulty.base, {timeout = 20, socket = clock.library})
    assert(client:health())
    faulty.requests() -- the proxy ends
    assert.equal("transport", select(3, client:health()).kind)
    within(18, 20, clock.paused())
  end)

  it("is an error at once where its name is unknown", function()
    local err, seconds = failure("http://no-such-host.invalid:5000", {})
    assert.equal("transport", err.kind)
    assert.equal(0, seconds)
  end)
end)

describe("a gateway in trouble", function()
  local direct = live.client()

  for _, status in ipairs({"502 Bad Gateway", "503 Service Unavailable", "504 Gateway Timeout"}) do
    it("is retried under the same key: " .. status, function()
      local id = assert(direct:env_create("CartPole-v1"))
      local trouble = raw(status, "text/html", "<h1>Try later</h1>")
      local faulty = proxy.start({trouble, trouble, trouble, "pass"})
      local client = gym_http_client.new(faulty.base)
      assert.equal(4, #assert(client:env_reset(id)))
      client:close()
      local requests = faulty.requests()
      assert.equal(4, #requests)
      for i = 2, 4 do
        assert.same(requests[1], requests[i])
      end
      direct:env_close(id)
    end)
  end

  it("is an error at the deadline", function()
    local trouble = {}
    for i = 1, 30 do trouble[i] = raw("502 Bad Gateway", "text/html", " <h1>Bad gateway</h1>\n") end
    local _, err, _, seconds = health_through(trouble, {timeout = 0.5})
    assert.same({"api", 502}, {err.kind, err.status})
    assert.equal("the server answered status 502: <h1>Bad gateway</h1>", err.message)
    within(0.1, 0.5, seconds)
  end)

  it("is left alone for as long as it asks", function()
    local busy = raw("503 Service Unavailable", "text/plain", "", "Retry-After: 1\r\n")
    local value, _, _, seconds = health_through({busy, "pass"})
    assert.equal("ok", value.status)
    assert.equal(1, seconds)
    local _, err, requests
    _, err, requests, seconds = health_through({busy}, {timeout = 0.9})
    assert.same({"api", 503}, {err.kind, err.status})
    assert.equal(1, #requests)
    assert.equal(0, seconds)
  end)
end)

describe("a silent server", function()
  it("is a timeout whose cause is what failed before", function()
    local _, err = health_through({"close", "hold:"}, {timeout = 0.3})
    assert.equal("timeout", err.kind)
    assert.equal("transport", err.cause.kind)
  end)
end)

describe("the timeout", function()
  it("is for all attempts of a call together", function()
    local faulty = proxy.start({"late:1.5", "hold:"})
    takes(1.95, 3.4, function()
      local _, _, err = gym_http_client.new(faulty.base, {timeout = 2}):health()
      assert.equal("timeout", err.kind)
      assert.truthy(err.message:find("within 2 s", 1, true))
    end)
    assert.equal(2, #faulty.requests())
  end)

  -- One request with so much left of 30 s, to a listener that accepts no connection but those that the system does.
  local function request_late(scheme, backlog, request, left)
    local listener = assert(socket.tcp())
    assert(listener:bind("127.0.0.1", 0))
    assert(listener:listen(backlog))
    local host, port = listener:getsockname()
    local first = assert(socket.tcp())
    assert(first:connect(host, port)) -- as many as a backlog of 0 takes
    takes(math.max(left - 0.05, 0), 10, function()
      local way = transport.new(("%s://%s:%d"):format(scheme, host, port), luasocket, {timeout = 30})
      local _, err = way:exchange(request, socket.gettime() + left)
      assert.equal("timeout", err.kind)
      assert.is_nil(way.connection)
    end)
    first:close()
    listener:close()
  end

  it("ends connecting", function() request_late("http", 0, "", 0.3) end)
  it("ends the TLS handshake", function() request_late("https", 5, "", 0.3) end)
  it("ends sending", function() request_late("http", 5, ("x"):rep(2^25), 0.3) end)
  it("ends what begins when it has passed", function() request_late("http", 0, "", -1) end)
end)
