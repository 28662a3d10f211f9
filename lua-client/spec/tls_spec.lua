local gym_http_client = require("gym_http_client")
local live = require("live")
local proxy = require("proxy")

describe("https", function()
  local directory = os.tmpname()
  local certificate, key = directory .. "/certificate.pem", directory .. "/key.pem"

  setup(function()
    os.remove(directory)
    os.execute("mkdir " .. directory)
    os.execute(("openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=gym -addext subjectAltName=DNS:localhost"
      .. " -keyout %s -out %s 2>/dev/null"):format(key, certificate))
  end)

  teardown(function() os.execute("rm -rf " .. directory) end)

  -- One call of health over TLS: what it returned. The proxy passes one request to the live server.
  local function health(host, options)
    local secure = proxy.start({"pass"}, ("CERTIFICATE=%s KEY=%s"):format(certificate, key))
    options.retries = 0
    local client = gym_http_client.new(("https://%s:%d"):format(host, secure.port), options)
    local value, _, err = client:health()
    client:close()
    return value, err
  end

  it("works with a trusted certificate", function()
    local value, err = health("localhost", {cafile = certificate})
    assert.is_nil(err)
    assert.equal("ok", value.status)
  end)

  it("refuses a certificate that nobody trusts", function()
    local value, err = health("localhost", {})
    assert.is_nil(value)
    assert.equal("transport", err.kind)
    assert.truthy(err.message:find("certificate verify failed", 1, true))
  end)

  it("refuses a certificate for another name", function()
    local value, err = health("127.0.0.1", {cafile = certificate})
    assert.is_nil(value)
    assert.truthy(err.message:find("the server's certificate is not for 127.0.0.1", 1, true))
  end)

  it("takes any certificate when told to", function()
    assert.equal("ok", health("127.0.0.1", {verify = false}).status)
  end)

  it("says so where the server speaks plain HTTP", function()
    local _, _, err = gym_http_client.new("https://" .. live.address, {retries = 0, timeout = 5}):health()
    assert.equal("transport", err.kind)
  end)
end)
