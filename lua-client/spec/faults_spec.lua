local gym_http_client = require("gym_http_client")
local live = require("live")
local proxy = require("proxy")

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
  local value, _, err = client:health()
  client:close()
  return value, err, faulty.requests()
end

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
      local kept = client.session.transport.connection
      assert.is_not_nil(kept)
      assert.equal("ok", client:health().status)
      assert.equal(kept, client.session.transport.connection)
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
    assert.is_nil(client.session.transport.connection)
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
      local value, _, err = gym_http_client.new(faulty.base):env_step("0badf00d", 1)
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
    assert.equal(gym_http_client.null, reward)
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
    local faulty = proxy.start({
      raw("418 I'm a teapot", "text/html", " <h1>\n Tea</h1>\n"), raw("200 OK", "text/html", "<html></html>"),
    })
    local client = gym_http_client.new(faulty.base)
    local _, _, err = client:health()
    local question = ". Is it a gym-http-server that listens at " .. faulty.base .. "?"
    assert.same({"api", 418}, {err.kind, err.status})
    assert.equal("the server answered status 418: <h1> Tea</h1>" .. question, err.message)
    assert.is_nil(err.code)
    _, _, err = client:health()
    assert.equal("the reply to GET /v1/health/ is no JSON or MessagePack object: it is text/html" .. question,
      err.message)
    faulty.requests()
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
      local value, _, err = client:health()
      assert.is_nil(value)
      assert.equal(("decode error: the reply of 127.0.0.1:%d %s"):format(faulty.port, case[2]), tostring(err))
      assert.is_nil(client.session.transport.connection)
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
  -- The Content-Type and the Accept of the requests that make an environment, step it directly, and step its object.
  local function spoken(encoding)
    local faulty = proxy.start({"pass", "pass", "pass", "pass", "pass", "pass", "pass", "pass", "pass"})
    local client = gym_http_client.new(faulty.base, {encoding = encoding})
    local id = assert(client:env_create("CartPole-v1"))
    assert(client:env_reset(id))
    local env = assert(client:make("CartPole-v1"))
    assert(env:reset())
    assert(env:close())
    assert(client:env_close(id))
    client:close()
    local requests, words = faulty.requests(), {}
    for index, number in ipairs({2, 3, 7}) do
      words[index] = {requests[number].content_type, requests[number].accept}
    end
    return words
  end

  local JSON, MSGPACK = "application/json", "application/vnd.msgpack"
  local EITHER = MSGPACK .. ", " .. JSON .. ";q=0.5"

  it("of an operation speaks JSON, of an environment MessagePack once the server is known to have it", function()
    assert.same({{JSON, JSON}, {JSON, EITHER}, {MSGPACK, EITHER}}, spoken())
  end)

  it("speaks what the caller named", function()
    assert.same({{JSON, JSON}, {JSON, JSON}, {JSON, JSON}}, spoken("json"))
    assert.same({{MSGPACK, EITHER}, {MSGPACK, EITHER}, {MSGPACK, EITHER}}, spoken("msgpack"))
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
