-- What JSON has no literals for, in either face: replies as a server writes them, through a proxy that answers them.
local gym_http_client = require("gym_http_client")
local proxy = require("proxy")
local spaces = require("gym_http_client.spaces")

local null = gym_http_client.null

local function raw(body)
  return ("raw:HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"):format(#body, body)
end

local function is_nan(value)
  return value ~= value
end

local STEP = '{"observation":[1e100,-1e+100,null,1e99],"reward":%s,"done":false,"terminated":false,"truncated":false,'
  .. '"info":{"bound":1.5E+300,"unknown":null,"name":"1e100","count":1%s}}'
STEP = STEP:format("%s", ("0"):rep(100)) -- an integer is never an infinity

describe("infinities and NaN in JSON", function()
  it("are infinities and null in the operations", function()
    local faulty = proxy.start({raw(STEP:format("-1e100")), raw(STEP:format("null"))})
    local client = gym_http_client.new(faulty.base)
    local observation, reward, _, info = client:env_step("0badf00d", 0)
    assert.same({math.huge, -math.huge, null, 1e99}, observation)
    assert.equal(-math.huge, reward)
    assert.same({math.huge, null, "1e100"}, {info.bound, info.unknown, info.name})
    assert.equal("1" .. ("0"):rep(100), tostring(info.count))
    assert.equal(null, select(2, client:env_step("0badf00d", 0)))
    client:close()
    faulty.requests()
  end)

  it("are infinities and NaN in environments, but null in info", function()
    local reset = '{"observation":[null,0.0,0.0,0.0],"info":{"unknown":null}}'
    local faulty = proxy.start({
      "pass", "pass", "pass", "pass", raw(reset), raw(STEP:format("-1e100")), raw(STEP:format("null")),
    })
    local env = assert(gym_http_client.new(faulty.base, {encoding = "json"}):make("CartPole-v1"))
    assert.equal(math.huge, env.observation_space.high[2])
    local observation, info = env:reset()
    assert.is_true(is_nan(observation[1]))
    assert.equal(null, info.unknown)
    local seen, reward, _, _, step_info = env:step(0)
    assert.same({math.huge, -math.huge, -math.huge}, {seen[1], seen[2], reward})
    assert.is_true(is_nan(seen[3]))
    assert.same({math.huge, null}, {step_info.bound, step_info.unknown})
    assert.is_true(is_nan(select(2, env:step(0))))
    env.client:close()
    faulty.requests()
  end)
end)

describe("a space", function()
  local box, discrete = {name = "Box"}, {name = "Discrete", n = 2}

  it("gets what its description leaves out", function()
    local space = spaces.complete({name = "Dict", spaces = {a = box, b = {name = "Tuple", spaces = {discrete}}}})
    assert.equal("float32", space.spaces.a.dtype)
    assert.same({name = "Discrete", n = 2, start = 0, dtype = "int64"}, space.spaces.b.spaces[1])
    assert.equal("uint8", spaces.complete({name = "Box", dtype = "uint8"}).dtype)
  end)

  it("says where null is NaN, wherever floats are", function()
    for _, case in ipairs({
      {box, null}, {box, {null}}, {box, {{0, null}}},
      {{name = "Tuple", spaces = {discrete, box}}, {1, {null}}},
      {{name = "Dict", spaces = {a = box}}, {a = {null}}},
      {{name = "Sequence", space = box}, {{null}}},
      {{name = "Sequence", space = box, stack = true}, {{null}}},
      {{name = "OneOf", spaces = {discrete, box}}, {1, {null}}},
      {{name = "Graph", node_space = box, edge_space = box}, {nodes = {{0, null}}, edges = {{null}}}},
    }) do
      local found = 0
      local function count(value)
        if type(value) == "table" then
          for _, member in pairs(value) do count(member) end
        elseif is_nan(value) then
          found = found + 1
        end
      end
      count(spaces.restore_nan(case[1], case[2]))
      assert.is_true(found > 0, case[1].name)
    end
    assert.equal(null, spaces.restore_nan(discrete, null))
  end)
end)
