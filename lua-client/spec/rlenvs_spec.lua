local live = require("live")

-- A class freshly loaded, as an agent does it: by name.
local function load(version)
  return require("gym_http_client.rlenvs." .. version)
end

local function make(version, env_id, opts)
  opts = opts or {}
  opts.base, opts.env_id = live.base, env_id
  return load(version)(opts)
end

describe("rlenvs version 1", function()
  it("plays an episode", function()
    local env = make("v1", "CartPole-v1", {seed = 1, maxSteps = 4})
    env:training()
    assert.equal(4, #env:start())
    for step = 1, 4 do
      local reward, observation, terminal = env:step(step % 2)
      assert.same({1, 4, step == 4}, {reward, #observation, terminal})
    end
    env:evaluate()
    env:render()
    env:close()
  end)

  it("specifies states, actions and rewards", function()
    for _, case in ipairs({
      {"CartPole-v1", {"real", {4}}, {"int", 1, {0, 1}}},
      {"Pendulum-v1", {"real", {3}, {-8, 8}}, {"real", {1}, {-2, 2}}},
      {"Taxi-v3", {"int", 1, {0, 499}}, {"int", 1, {0, 5}}},
      {"Blackjack-v1", {{"int", 1, {0, 31}}, {"int", 1, {0, 10}}, {"int", 1, {0, 1}}}, {"int", 1, {0, 1}}},
    }) do
      local env = make("v1", case[1])
      assert.same(case[2], env:getStateSpec(), case[1])
      assert.same(case[3], env:getActionSpec(), case[1])
      assert.same({}, {env:getRewardSpec()})
      env:close()
    end
  end)

  it("takes the environment's name as agents hand it down", function()
    local env = load("v1")({base = live.base, game = "CartPole-v1"})
    assert.equal("CartPole-v1", env.env.env_id)
    env:close()
    local ok, message = pcall(load("v1"), {base = live.base})
    assert.is_false(ok)
    assert.truthy(message:find("which environment? Say opts.env_id", 1, true))
  end)

  it("raises what failed", function()
    local ok, message = pcall(make, "v1", "CartPoll-v1")
    assert.is_false(ok)
    assert.truthy(message:find("api error 400 unknown_env_id", 1, true))
    local env = make("v1", "CartPole-v1")
    env:start()
    ok, message = pcall(env.step, env, 9)
    assert.is_false(ok)
    assert.truthy(message:find("invalid_action", 1, true))
    env:close()
  end)
end)

describe("rlenvs version 2", function()
  it("plays an episode", function()
    local env = make("v2", "FrozenLake-v1", {kwargs = {is_slippery = false}, timeStepLimit = 3})
    assert.equal(0, env:start())
    assert.same({0, 4, false}, {env:step(1)})
    assert.same({0, 8, false}, {env:step(1)})
    local _, _, terminal = env:step(0)
    assert.is_true(terminal)
    env:close()
  end)

  it("counts discrete actions from zero", function()
    local env = make("v2", "FrozenLake-v1", {kwargs = {is_slippery = false}})
    env.env.action_space.start = 1 -- as in a space that begins there; none of Gymnasium's own does
    env:start()
    assert.same({0, 4, false}, {env:step(0)}) -- down, the environment's action 1
    env:close()
  end)

  it("describes spaces", function()
    local env = make("v2", "CartPole-v1")
    local state, action, reward = env:getStateSpace(), env:getActionSpace(), env:getRewardSpace()
    assert.same({"Box", {4}, 4}, {state.name, state.shape, #state.low})
    assert.same({"Discrete", 2}, {action.name, action.n})
    assert.same({name = "Box", shape = {1}, low = {-math.huge}, high = {math.huge}}, reward)
    env:close()
  end)
end)

describe("where Torch loads", function()
  local torch = require("fake_torch")
  setup(function() package.loaded.torch = torch end)
  teardown(function() package.loaded.torch = nil end)

  for _, version in ipairs({"v1", "v2"}) do
    it("arrays are tensors, and actions may be (" .. version .. ")", function()
      local env = make(version, "Pendulum-v1", {seed = 2})
      local observation = env:start()
      assert.is_true(torch.isTensor(observation))
      assert.equal(1, observation:dim())
      local reward
      reward, observation = env:step(torch.Tensor({0.5}))
      assert.is_number(reward)
      assert.equal(3, #observation:totable())
      env:close()
      env = make(version, "CartPole-v1", {seed = 2})
      env:start()
      assert.equal(1, (env:step(torch.Tensor({1}))))
      assert.equal(1, (env:step(0)))
      env:close()
    end)

    it("single values stay numbers (" .. version .. ")", function()
      local env = make(version, "Blackjack-v1")
      local observation = env:start()
      assert.is_number(observation[1])
      env:close()
    end)
  end
end)
