local gym_http_client = require("gym_http_client")
local json = require("gym_http_client.encoding.json")
local live = require("live")

-- A directory that a monitor may write to, and that is removed afterwards.
local function with_directory(use)
  local path = os.tmpname()
  os.remove(path)
  local ok, message = pcall(use, path)
  os.execute("rm -rf '" .. path .. "'")
  assert(ok, message)
end

for _, encoding in ipairs({"default", "json", "msgpack"}) do
  describe("the operations (" .. encoding .. ")", function()
    local client = live.client({encoding = encoding ~= "default" and encoding or nil})
    local id

    before_each(function() id = assert(client:env_create("CartPole-v1", {seed = 0})) end)
    after_each(function() client:env_close(id) end)

    it("create, list and close instances", function()
      assert.truthy(id:find("^%x%x%x%x%x%x%x%x$"))
      assert.equal("CartPole-v1", client:env_list_all()[id])
      assert.is_true(client:env_close(id))
      assert.is_nil(client:env_list_all()[id])
    end)

    it("reset and step", function()
      local first, info = client:env_reset(id)
      -- CartPole-v1 with seed 0, as in the API's contract.
      assert.same({0.013696168549358845, -0.023021329194307327, -0.04590264707803726, -0.04834723472595215}, first)
      assert.same({}, info)
      local observation, reward, done, step_info, terminated, truncated = client:env_step(id, 1, false)
      assert.same({0.013235742226243019, 0.17272774875164032, -0.04686959087848663, -0.3551521897315979}, observation)
      assert.same({1, false, false, false}, {reward, done, terminated, truncated})
      assert.same({}, step_info)
    end)

    it("take a seed, a seed of 0 included", function()
      local first, other = client:env_reset(id, {seed = 0}), client:env_reset(id, {seed = 1})
      assert.is_true(first[1] ~= other[1])
      assert.same(first, (client:env_reset(id, {seed = 0})))
    end)

    it("describe an instance", function()
      local info = client:env_info(id)
      assert.same({"CartPole-v1", 1, 0, "rgb_array"}, {info.env_id, info.num_envs, info.steps, info.render_mode})
      assert.equal(475, info.spec.reward_threshold)
    end)

    it("describe spaces, with bounds that are infinite", function()
      local action_space, single = client:env_action_space_info(id)
      assert.same({name = "Discrete", n = 2}, action_space) -- what is usual is left out
      assert.is_nil(single)
      local space = client:env_observation_space_info(id)
      assert.same({"Box", {4}}, {space.name, space.shape})
      assert.same({4.800000190734863, math.huge, 0.41887903213500977, math.huge}, space.high)
      assert.equal(-math.huge, space.low[2])
    end)

    it("sample and test actions", function()
      for _ = 1, 5 do
        local action = client:env_action_space_sample(id)
        assert.is_true(action == 0 or action == 1)
        assert.is_true(client:env_action_space_contains(id, action))
      end
      for _, stranger in ipairs({2, -1, 0.5, "left", {}, {0, 1}}) do
        assert.is_false(client:env_action_space_contains(id, stranger))
      end
    end)

    it("test observations and what is claimed of their space", function()
      local function contains(params) return client:env_observation_space_contains(id, params) end
      assert.is_true(contains({value = {0.5, 0, 0, 0}}))
      assert.is_false(contains({value = {9, 0, 0, 0}}))
      assert.is_true(contains({name = "Box", shape = {4}}))
      assert.is_false(contains({name = "Box", shape = {5}}))
      assert.is_true(contains({high = client:env_observation_space_info(id).high}))
    end)

    it("carry infinities and NaN to the server, which says that they do not fit", function()
      local pendulum = assert(client:env_create("Pendulum-v1"))
      assert(client:env_reset(pendulum, {seed = 1}))
      for shown, action in pairs({["inf"] = math.huge, ["-inf"] = -math.huge, ["nan"] = 0 / 0}) do
        for _, sent in ipairs({action, {action}}) do
          local _, _, err = client:env_step(pendulum, sent)
          assert.equal("invalid_action", err.code)
          local named = err.message:find(shown, 1, true) or err.message:find("1e100", 1, true)
            or err.message:find("1e+100", 1, true) or err.message:find("None", 1, true)
          assert.truthy(named, err.message)
        end
      end
      client:env_close(pendulum)
    end)

    it("make environments with arguments, empty ones included", function()
      local lake = assert(client:env_create("FrozenLake-v1", {kwargs = {map_name = "8x8", is_slippery = false}}))
      assert.equal(64, client:env_observation_space_info(lake).n)
      assert.equal(0, (client:env_reset(lake)))
      local observation, _, _, info = client:env_step(lake, 1)
      assert.equal(8, observation)
      assert.equal(1, info.prob)
      client:env_close(lake)
      client:env_close(assert(client:env_create("CartPole-v1", {kwargs = {}, render_mode = gym_http_client.null})))
    end)

    it("render to a PNG image", function()
      client:env_reset(id)
      local image, content_type = client:env_render(id)
      assert.equal("\137PNG\r\n", image:sub(1, 6))
      assert.equal("image/png", content_type)
    end)

    it("read attributes, and call what is allowed", function()
      assert.equal(9.8, client:env_get_attr(id, "gravity"))
      assert.equal("euler", client:env_get_attr(id, "kinematics_integrator"))
      local none, _, err = client:env_get_attr(id, "gravitiy")
      assert.is_nil(none)
      assert.same({"unknown_attribute", true}, {err.code, err.message:find("gravity", 1, true) ~= nil})
      _, _, err = client:env_get_attr(id, "close", true)
      assert.equal("call_not_allowed", err.code)
    end)

    it("monitor, upload and list the scoreboard", function()
      with_directory(function(directory)
        assert.is_true(client:env_monitor_start(id, directory, true, false, false))
        for _ = 1, 2 do
          client:env_reset(id)
          local done
          repeat _, _, done = client:env_step(id, 1) until done
        end
        assert.is_true(client:env_monitor_close(id))
        local evaluation = assert(client:upload(directory, "a lua/agent & friend", "key"))
        assert.same({"CartPole-v1", 2}, {evaluation.env_id, evaluation.episodes})
        local found = client:scoreboard_list({algorithm_id = "a lua/agent & friend", env_id = "CartPole-v1"})
        local ids = {}
        for _, entry in ipairs(found) do ids[entry.evaluation_id] = true end
        assert.is_true(ids[evaluation.evaluation_id])
        assert.same({}, client:scoreboard_list({env_id = "Nothing-v0"}))
      end)
    end)

    it("protect, add to and replace recordings", function()
      local function record(...)
        local started, _, err = client:env_monitor_start(id, ...)
        if not started then return nil, err.code end
        client:env_reset(id)
        local done
        repeat _, _, done = client:env_step(id, 1) until done
        client:env_monitor_close(id)
        return client:upload((...), nil, "key").episodes
      end
      with_directory(function(directory)
        assert.equal(1, record(directory, false, false, false))
        assert.same({nil, "monitor_data_exists"}, {record(directory, false, false, false)})
        assert.equal(2, record(directory, false, true, false))
        assert.equal(1, record(directory, true, false, false))
        assert.same({nil, "invalid_parameter"}, {record(directory, true, false, "sometimes")})
      end)
    end)

    it("hand on render", function()
      client:env_reset(id)
      assert(client:env_step(id, 1, true))
      local _, _, err = client:env_step(id, 1, "perhaps")
      assert.equal("invalid_parameter", err.code)
    end)

    it("say how the server is and what it serves", function()
      assert.equal("ok", client:health().status)
      assert.truthy(client:openapi():find("openapi: 3.1", 1, true))
      local ids = {}
      for _, entry in ipairs(client:registry_list()) do ids[entry.id] = true end
      assert.is_true(ids["CartPole-v1"])
    end)

    it("return nil and the server's refusal", function()
      local function refused(status, code, value, _, err)
        assert.is_nil(value)
        assert.same({"api", status, code}, {err.kind, err.status, err.code})
        assert.truthy(tostring(err):find(("^api error %d %s: ."):format(status, code)))
      end
      refused(400, "unknown_instance", client:env_step("no such", 1))
      refused(400, "unknown_instance", client:env_info("a?b%c"))
      refused(400, "unknown_env_id", client:env_create("CartPoll-v1"))
      refused(400, "missing_parameter", client:env_create())
      refused(409, "reset_needed", client:env_step(id, 1))
      client:env_reset(id)
      refused(400, "missing_parameter", client:env_step(id))
      refused(400, "invalid_action", client:env_step(id, 7))
    end)
  end)
end

describe("a value", function()
  for _, encoding in ipairs({"json", "msgpack"}) do
    it("goes to the server and back without loss (" .. encoding .. ")", function()
      local client = live.client({encoding = encoding})
      -- FrozenLake takes any three rewards, and env_info tells what it was made with.
      local rewards = {json.decode("[9007199254740993]")[1], -1 / math.huge, 0.1 + 0.2}
      local given = {reward_schedule = rewards, success_rate = 1 / 3}
      local id = assert(client:env_create("FrozenLake-v1", {kwargs = given}))
      local kwargs = client:env_info(id).spec.kwargs
      assert.equal("[9007199254740993,-0.0,0.30000000000000004]", json.encode(kwargs.reward_schedule))
      assert.equal(1 / 3, kwargs.success_rate)
      client:env_close(id)
    end)
  end
end)

describe("a script of 2016", function()
  it("runs unmodified", function()
    with_directory(function(directory)
      local process = assert(io.popen(("BASE=%s OUTDIR=%s %s spec/support/script_of_2016.lua 2>&1"):format(
        live.base, directory, live.lua)))
      local output = process:read("*a")
      process:close()
      assert.equal("Lua client test ending\n", output:sub(-23), output)
      assert.truthy(io.open(directory))
    end)
  end)
end)

describe("shutdown_server", function()
  it("stops the server", function()
    with_directory(function(directory)
      local process = assert(io.popen("exec timeout 120 gym-http-server -p 0 --data-dir " .. directory .. " 2>&1"))
      local base = process:read("*l"):match("http://%S+")
      local patient = gym_http_client.new(base, {timeout = 100}) -- it says its address before it listens there
      assert.equal("ok", assert(patient:health()).status)
      assert.is_true(patient:shutdown_server())
      process:read("*a") -- until the process ends
      process:close()
      local _, _, err = gym_http_client.new(base, {retries = 0}):health()
      assert.equal("transport", err.kind)
    end)
  end)
end)
