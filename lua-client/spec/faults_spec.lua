local errors = require("gym_http_client.errors")
local gym_http_client = require("gym_http_client")
local http = require("gym_http_client.http")
local live = require("live")
local proxy = require("proxy")
local socket = require("socket")

local function reply(status, content_type, body, more)
  return ("HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n%s\r\n%s"):format(
    status, content_type, #body, more or "", body)
end

local function raw(...)
  return "raw:" .. reply(...)
end

local HEALTHY = raw("200 OK", "application/json", '{"status":"ok"}')

-- One call of health through these faults: what it returned, and what the proxy saw.
local function health_through(faults, options)
  local faulty = proxy.start(faults)
  local client = gym_http_client.new(faulty.base, options)
  local value, err = client:health()
  client:close()
  return value, err, faulty.requests()
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

  it("is an error once the retries are spent", function()
    local value, err, requests = health_through({"close", "close", "close"})
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

  it("is an error when nothing listens", function()
    local value, err = gym_http_client.new("http://127.0.0.1:1", {retries = 0}):health()
    assert.is_nil(value)
    assert.is_true(errors.is_error(err))
    assert.equal("transport error: the connection to 127.0.0.1:1 failed: connection refused", tostring(err))
  end)
end)

describe("a server that does not answer", function()
  it("is a timeout, which is not retried", function()
    local value, err, requests = health_through({"hold:"}, {timeout = 0.2})
    assert.is_nil(value)
    assert.equal("timeout", err.kind)
    assert.equal(1, #requests)
    assert.truthy(tostring(err):find("no reply from 127.0.0.1:%d+ within 0.2 s"))
  end)

  it("is a timeout in the middle of a reply, too", function()
    local _, err = health_through({"hold:HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"}, {timeout = 0.2})
    assert.equal("timeout", err.kind)
  end)
end)

describe("the timeout", function()
  -- Assert that a call takes so many seconds (LuaSocket rounds its waits down to milliseconds).
  local function takes(least, most, call)
    local start = socket.gettime()
    call()
    local seconds = socket.gettime() - start
    assert(least <= seconds and seconds < most, ("it took %g s, not %g to %g"):format(seconds, least, most))
  end

  it("is for all attempts of a call together", function()
    local faulty = proxy.start({"late:0.6", "late:0.6"})
    takes(0.95, 1.5, function()
      local _, err = gym_http_client.new(faulty.base, {timeout = 1}):health()
      assert.equal("timeout", err.kind)
      assert.truthy(err.message:find("within 1 s", 1, true))
    end)
    assert.equal(2, #faulty.requests())
  end)

  it("is not slept away between attempts", function()
    takes(0.1, 0.7, function()
      local _, err = gym_http_client.new("http://127.0.0.1:1", {timeout = 0.5, retries = 5}):health()
      assert.equal("transport", err.kind)
      assert.truthy(err.message:find("refused", 1, true))
    end)
  end)

  -- One request with so much left of 3 s, to a listener that accepts no connection but those that the system does.
  local function request_late(scheme, backlog, request, left)
    local listener = assert(socket.tcp())
    assert(listener:bind("127.0.0.1", 0))
    assert(listener:listen(backlog))
    local host, port = listener:getsockname()
    local first = assert(socket.tcp())
    assert(first:connect(host, port)) -- as many as a backlog of 0 takes
    takes(math.max(left - 0.05, 0), 1, function()
      local connection = http.new(("%s://%s:%d"):format(scheme, host, port), {timeout = 3})
      local _, err = connection:request(request, socket.gettime() + left)
      assert.equal("timeout", err.kind)
      assert.is_nil(connection.socket)
    end)
    first:close()
    listener:close()
  end

  it("ends connecting", function() request_late("http", 0, "", 0.3) end)
  it("ends the TLS handshake", function() request_late("https", 5, "", 0.3) end)
  it("ends sending", function() request_late("http", 5, ("x"):rep(2^25), 0.3) end)
  it("ends what begins when it has passed", function() request_late("http", 0, "", -1) end)
end)

describe("a reply", function()
  for name, bytes in pairs({
    ["in chunks"] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n"
      .. '8;x=y\r\n{"status\r\n7\r\n":"ok"}\r\n0\r\nTrailer: 1\r\n\r\n',
    ["after an interim one"] = "HTTP/1.1 100 Continue\r\n\r\n"
      .. reply("200 OK", "application/json", '{"status":"ok"}'),
    ["without a Content-Type"] = 'HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n{"status":"ok"}',
  }) do
    it(name .. " is read, and the connection kept", function()
      local faulty = proxy.start({"raw:" .. bytes, "pass"})
      local client = gym_http_client.new(faulty.base)
      assert.equal("ok", client:health().status)
      local kept = client.session.connection.socket
      assert.is_not_nil(kept)
      assert.equal("ok", client:health().status)
      assert.equal(kept, client.session.connection.socket)
      faulty.requests()
    end)
  end

  it("that ends with its connection is read", function()
    local value = health_through({'rawclose:HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{"status":"ok"}'})
    assert.equal("ok", value.status)
  end)

  it("that announces the end of the connection ends it", function()
    local faulty = proxy.start({raw("200 OK", "application/json", '{"status":"ok"}', "Connection: close\r\n")})
    local client = gym_http_client.new(faulty.base)
    assert.equal("ok", client:health().status)
    assert.is_nil(client.session.connection.socket)
    faulty.requests()
  end)

  for name, fault in pairs({
    ["of HTML"] = raw("200 OK", "text/html", "<html></html>"),
    ["of broken JSON"] = raw("200 OK", "application/json", '{"status":'),
    ["of broken MessagePack"] = raw("200 OK", "application/vnd.msgpack", "\129\166status"),
    ["that is no object"] = raw("200 OK", "application/json", '["status"]'),
    ["without what it promises"] = raw("200 OK", "application/json", '{"state":"ok"}'),
    ["without a body"] = raw("200 OK", "application/json", ""),
  }) do
    it(name .. " is a decode error", function()
      local value, err, requests = health_through({fault})
      assert.is_nil(value)
      assert.equal("decode", err.kind)
      assert.truthy(err.message:find("GET /v1/health/", 1, true))
      assert.equal(1, #requests)
    end)
  end

  for name, body in pairs({
    ["lacks 'observation'"] = '{"reward":1.0,"done":false,"info":{}}',
    ["lacks 'reward'"] = '{"observation":[1.0],"done":false,"info":{}}',
    ["has a string as 'done'"] = '{"observation":[1.0],"reward":1.0,"done":"no","info":{}}',
    ["has a number as 'info'"] = '{"observation":[1.0],"reward":1.0,"done":false,"info":1}',
  }) do
    it("to a step that " .. name .. " is a decode error", function()
      local faulty = proxy.start({raw("200 OK", "application/json", body)})
      local value, err = gym_http_client.new(faulty.base):env_step("0badf00d", 1)
      assert.is_nil(value)
      assert.equal("decode error: the reply to POST /v1/envs/0badf00d/step/ " .. name, tostring(err))
      faulty.requests()
    end)
  end

  it("of the first servers, without the newer members, is read", function()
    local faulty = proxy.start({
      raw("200 OK", "application/json", '{"observation":[1.0]}'),
      raw("200 OK", "application/json", '{"observation":[1.0],"reward":null,"done":false,"info":{}}'),
    })
    local client = gym_http_client.new(faulty.base)
    assert.same({1}, (client:env_reset("0badf00d")))
    local _, reward, done, info, terminated = client:env_step("0badf00d", 1)
    assert.is_true(reward ~= reward) -- NaN
    assert.same({false, {}}, {done, info})
    assert.is_nil(terminated)
    faulty.requests()
  end)

  it("that refuses carries status, code and message", function()
    local body = '{"message":"No more.","code":"limit_reached","documentation_url":"/v1/openapi.yaml"}'
    local _, err = health_through({raw("429 Too Many Requests", "application/json", body)})
    assert.same({"api", 429, "limit_reached", "No more."}, {err.kind, err.status, err.code, err.message})
    assert.equal("api error 429 limit_reached: No more.", tostring(err))
  end)

  it("that refuses without a document names its status", function()
    local _, err = health_through({raw("502 Bad Gateway", "text/html", " <h1>Bad gateway</h1>\n")})
    assert.same({"api", 502}, {err.kind, err.status})
    assert.equal("the server answered status 502: <h1>Bad gateway</h1>", err.message)
    assert.is_nil(err.code)
  end)

  for _, code in ipairs({"null", "{}", "7", "true"}) do
    it("that refuses with the code " .. code .. " has no code", function()
      local body = '{"message":"m","code":' .. code .. "}"
      local _, err = health_through({raw("400 Bad Request", "application/json", body)})
      assert.equal("api error 400: m", tostring(err))
      assert.is_nil(err.code)
    end)
  end

  local CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
  for name, case in pairs({
    ["that is no HTTP"] = {"raw:SSH-2.0-OpenSSH_9.2\r\n", "is not HTTP/1.1 but 'SSH-2.0-OpenSSH_9.2'"},
    ["that is of another HTTP"] = {"raw:HTTP/2 200\r\n\r\n", "is not HTTP/1.1 but 'HTTP/2 200'"},
    ["that is no text"] = {"raw:\21\3\1\255\r\n", "is not HTTP/1.1 but '????'"},
    ["that is no HTTP and no whole line"] = {"rawclose:-ERR", "is not HTTP/1.1 but '-ERR'"},
    ["with a bad length"] = {"raw:HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", "has a bad Content-Length: '-5'"},
    ["with a bad chunk size"] = {"raw:" .. CHUNKED .. "seven\r\n", "has a bad chunk size: 'seven'"},
    ["with a chunk beyond all size"] = {
      "raw:" .. CHUNKED .. "8000000000000000\r\n", "has a bad chunk size: '8000000000000000'",
    },
  }) do
    it(name .. " is a decode error at once, and the connection closed", function()
      local faulty = proxy.start({case[1]})
      local client = gym_http_client.new(faulty.base)
      local value, err = client:health()
      assert.is_nil(value)
      assert.equal(("decode error: the reply of 127.0.0.1:%d %s"):format(faulty.port, case[2]), tostring(err))
      assert.is_nil(client.session.connection.socket)
      assert.equal(1, #faulty.requests())
    end)
  end

  it("that ends in its first line is a lost connection", function()
    local _, err = health_through({"rawclose:HTTP/1.1 20"}, {retries = 0})
    assert.equal("transport", err.kind)
  end)

  it("that redirects is an error, not followed", function()
    local _, err = health_through({raw("302 Found", "text/html", "", "Location: /elsewhere\r\n")})
    assert.same({"api", 302}, {err.kind, err.status})
  end)
end)

describe("a request", function()
  it("asks for MessagePack unless told otherwise", function()
    local _, _, requests = health_through({HEALTHY})
    assert.equal("application/vnd.msgpack, application/json;q=0.5", requests[1].accept)
    _, _, requests = health_through({HEALTHY}, {encoding = "json"})
    assert.equal("application/json", requests[1].accept)
  end)

  it("bears the token of the options or of GYM_HTTP_TOKEN", function()
    local _, _, requests = health_through({HEALTHY}, {token = "s3cret"})
    assert.equal("Bearer s3cret", requests[1].authorization)
    local faulty = proxy.start({HEALTHY})
    local script = ("package.path = [[%s]] require('gym_http_client').new([[%s]]):health()"):format(
      package.path, faulty.base)
    os.execute(('GYM_HTTP_TOKEN=from-env %s -e "%s"'):format(live.lua, script))
    assert.equal("Bearer from-env", faulty.requests()[1].authorization)
  end)
end)

describe("a mistake in the program", function()
  it("raises and says what would be right", function()
    local new = gym_http_client.new
    assert.has_error(function() new("127.0.0.1:5000") end,
      "bad server URL '127.0.0.1:5000': expected http://host:port or https://host:port")
    assert.has_error(function() new() end,
      "bad server URL 'nil': expected http://host:port or https://host:port")
    assert.has_error(function() new("http://:5000") end,
      "bad server URL 'http://:5000': expected host or host:port after http://")
    assert.has_error(function() new(live.base, {token = "a\r\nb"}) end,
      "bad token: it must be of printable ASCII characters")
    local ok, message = pcall(new, live.base, {encoding = "xml"})
    assert.is_false(ok)
    assert.truthy(message:find("bad encoding 'xml': expected 'json' or 'msgpack'", 1, true))
  end)
end)
