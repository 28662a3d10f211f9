local arrays = require("gym_http_client.arrays")
local gym_http_client = require("gym_http_client")
local integer = require("gym_http_client.integer")
local json = require("gym_http_client.encoding.json")
local live = require("live")
local raises = require("raises")

local new = gym_http_client.new

describe("a mistake in the options of new", function()
  it("is raised at once, and says what would be right", function()
    for _, case in ipairs({
      {{timout = 1}, "new: there is no option 'timout'; did you mean 'timeout'?"},
      {{colour = 1},
        "new: there is no option 'colour'; it has arrays, cafile, encoding, retries, socket, timeout, token, verify"},
      {{7}, "new: there is no option 1; it has arrays, cafile, encoding, retries, socket, timeout, token, verify"},
      {{timeout = "abc"},
        "new: the option 'timeout' must be a number of seconds above 0 and at most 1e9, not 'abc'"},
      {{timeout = 0}, "new: the option 'timeout' must be a number of seconds above 0 and at most 1e9, not 0"},
      {{retries = -1}, "new: the option 'retries' must be a whole number, 0 or more, not -1"},
      {{retries = 1.5}, "new: the option 'retries' must be a whole number, 0 or more, not 1.5"},
      {{encoding = "xml"}, "new: the option 'encoding' must be 'json' or 'msgpack', not 'xml'"},
      {{verify = "no"}, "new: the option 'verify' must be a boolean, not 'no'"},
      {{cafile = true}, "new: the option 'cafile' must be a string, not true"},
      {{token = "a\r\nb"},
        "new: the option 'token' must be a string of printable ASCII characters without spaces, not 'a\r\nb'"},
      {{arrays = "numpy"},
        "new: the option 'arrays' must be 'lists', 'bytes', 'torch', a function, or with LuaJIT 'ffi', not 'numpy'"},
      {{arrays = "bytes", encoding = "json"},
        "new: the option 'arrays' wants MessagePack, which carries arrays as bytes, but 'encoding' is 'json'"},
      {"json", "new: the options must be a table such as {arrays = ...}, not 'json'"},
    }) do
      raises(case[2], new, live.base, case[1])
    end
  end)

  it("is known from no mistake", function()
    new(live.base, {timeout = 0.5, retries = 0, token = "t", encoding = "json", verify = false, arrays = "lists"})
    new(live.base, {retries = math.huge})
    raises("new: the option 'verify' must be a boolean, not null", new, live.base, {verify = gym_http_client.null})
  end)

  it("includes the server's address", function()
    local expected = "expected http://host:port, https://host:port or unix:/path"
    raises("bad server URL '127.0.0.1:5000': " .. expected, new, "127.0.0.1:5000")
    raises("bad server URL 'nil': " .. expected, new)
    raises("bad server URL 'unix:': " .. expected, new, "unix:")
    raises("bad server URL 'http://:5000': expected host or host:port after http://", new, "http://:5000")
  end)
end)

describe("a mistake in the arguments of a method", function()
  local client = live.client()
  local env = assert(client:make("CartPole-v1"))
  local vector = assert(client:make("CartPole-v1", {num_envs = 2, vectorization_mode = "sync"}))
  teardown(function()
    env:close()
    vector:close()
  end)

  it("is raised at its line", function()
    raises("env_create: there is no option 'sed'; did you mean 'seed'?", client.make, client, "CartPole-v1", {sed = 7})
    raises("env_create: the option 'kwargs' must be a table, not 7", client.env_create, client, "X-v0", {kwargs = 7})
    raises("env_create: the option 'num_envs' must be a whole number, not 'two'", function()
      client:make("CartPole-v1", {num_envs = "two"})
    end)
    raises("env_reset: the options must be a table such as {options = ...}, not 5", function() env:reset(5) end)
    raises("env_reset: the option 'seed' must be a whole number, or a list of them for a vector env, not 'x'",
      function() return client:env_reset(env.id, {seed = "x"}) end)
    raises("an instance_id is a string, not " .. tostring(env), function() return client:env_step(env, 1) end)
    raises("an instance_id is a string, not " .. tostring(env), client.attach, client, env)
    assert(env:reset())
    raises("cannot write the frame: /no/such/frame.png: No such file or directory", function()
      return env:render("/no/such/frame.png")
    end)
    raises("scoreboard_list: there is no option 'envid'; did you mean 'env_id'?", client.scoreboard_list, client,
      {envid = "x"})
  end)

  it("is raised where a value cannot be sent", function()
    raises("cannot encode a function", env.step, env, print)
    raises("cannot encode a list with a hole: there is a number 3, but no number 2 (gym_http_client.null says that "
      .. "there is nothing)", function() return env:step({1, nil, 3}) end)
    raises("cannot encode a table with keys of a list (1) and of an object ('x')", json.encode, {5, x = 1})
    raises("cannot encode a table with the key 0: keys are strings, or 1 to n", json.encode, {[0] = 1})
    raises("cannot encode a table with the key true: keys are strings, or 1 to n", json.encode, {[true] = 1})
    raises("an array of 2 <f4 does not have 4 bytes", arrays.new, "<f4", {2}, "\0\0\0\0")
    raises("unknown dtype <x9", arrays.new, "<x9", {2}, "")
  end)

  it("is raised where seeds or actions are not as many as the environments", function()
    raises("reset: 3 seeds for 2 environments", function() vector:reset({seed = {1, 2, 3}}) end)
    raises("reset: a list of seeds is for vector environments", function() env:reset({seed = {1, 2, 3}}) end)
    raises("step: 1 action for 2 environments", function() vector:step({1}) end)
  end)

  it("is no seed of another kind", function()
    local seed = integer.new("4294967295")
    assert(env:reset({seed = seed}))
    assert(vector:reset({seed = seed}))
    assert(vector:reset({seed = {1, seed}}))
    assert(vector:reset({seed = gym_http_client.null}))
  end)

  it("is the server's to refuse where only it can know", function()
    assert(env:reset())
    local observation, message, err = env:step("left")
    assert.is_nil(observation)
    assert.equal("invalid_action", err.code)
    assert.equal(tostring(err), tostring(message))
  end)
end)
