local arrays = require("gym_http_client.arrays")
local gym_http_client = require("gym_http_client")
local integer = require("gym_http_client.integer")
local json = require("gym_http_client.encoding.json")
local lists = require("gym_http_client.encoding.lists")
local live = require("live")
local msgpack = require("gym_http_client.encoding.msgpack")

local SIZES = {["|u1"] = 1, ["|i1"] = 1, ["<u2"] = 2, ["<i2"] = 2, ["<u4"] = 4, ["<i4"] = 4, ["<f4"] = 4, ["<f8"] = 8,
  ["<i8"] = 8, [">f4"] = 4, ["<f2"] = 2}

-- Bytes that are those of ordinary numbers in every dtype.
local function bytes_of(count)
  local parts = {}
  for i = 1, count do
    parts[i] = string.char((i * 37 + math.floor(i / 5) * 11) % 60)
  end
  return table.concat(parts)
end

local function flattened(value, found)
  for _, member in ipairs(value) do
    if type(member) == "table" and not integer.is_integer(member) then
      flattened(member, found)
    else
      found[#found + 1] = member
    end
  end
  return found
end

describe("an array", function()
  -- Rows shorter and longer than what is read at once, and numbers of rows that do not divide by it.
  local shapes = {{1}, {5}, {179}, {180}, {181}, {400}, {7, 3}, {210, 3}, {61, 3}, {3, 91}, {2, 200}, {4, 0},
    {2, 61, 3}, {2, 2, 2, 2}}

  for dtype, size in pairs(SIZES) do
    it("becomes the same lists in every shape: " .. dtype, function()
      for _, shape in ipairs(shapes) do
        local count = 1
        for _, extent in ipairs(shape) do count = count * extent end
        local bytes = bytes_of(count * size)
        local list = lists.of(dtype, shape, bytes)
        local level = list
        for extent = 1, #shape do
          assert.equal(shape[extent], #level)
          level = level[1] or {}
        end
        local found = flattened(list, {})
        assert.equal(count, #found)
        for i = 1, count do
          local number = lists.of(dtype, {}, bytes:sub((i - 1) * size + 1, i * size))
          assert(found[i] == number, ("%s {%s} at %d"):format(dtype, table.concat(shape, ","), i))
        end
      end
    end)
  end

  it("has its special numbers in rows too", function()
    local specials = "\0\0\128\127\0\0\128\255\1\0\0\0\0\0\0\128\0\0\192\127"
    local row = lists.of("<f4", {5}, specials)
    assert.same({math.huge, -math.huge, 2^-149}, {row[1], row[2], row[3]})
    assert.equal(-math.huge, 1 / row[4])
    assert.is_true(row[5] ~= row[5])
    specials = ("\0"):rep(6) .. "\240\127" .. "\1" .. ("\0"):rep(7) .. ("\0"):rep(7) .. "\128" .. ("\255"):rep(6)
      .. "\239\127"
    row = lists.of("<f8", {4}, specials)
    assert.same({math.huge, 2^-1074, 1.7976931348623157e308}, {row[1], row[2], row[4]})
    assert.equal(-math.huge, 1 / row[3])
    row = lists.of("<i8", {3}, "\1\0\0\0\0\0\32\0" .. ("\255"):rep(8) .. "\0\0\0\0\0\0\0\128")
    assert.same({"9007199254740993", "-1", "-9223372036854775808"},
      {tostring(row[1]), tostring(row[2]), tostring(row[3])})
  end)

  it("is sent as it is, or as lists in JSON", function()
    local array = arrays.new("<f4", {2, 2}, "\0\0\0\63\0\0\128\63\0\0\0\64\0\0\64\64")
    assert.equal("[[0.5,1],[2,3]]", (json.encode(array):gsub("%.0", "")))
    assert.same({{0.5, 1}, {2, 3}}, (msgpack.decode(msgpack.encode({array}))[1]))
    assert.equal("gym_http_client.Array: <f4 of shape {2, 2}", tostring(array))
    local long = arrays.new("|u1", {300}, ("x"):rep(300))
    assert.equal(300, #msgpack.decode(msgpack.encode(long)))
  end)
end)

describe("the face of arrays", function()
  local torch = require("fake_torch")
  setup(function() package.loaded.torch = torch end)
  teardown(function() package.loaded.torch = nil end)

  -- What a client with that face gives for a step of CartPole after seed 0, and for one of a vector env.
  local function stepped(face)
    local client = gym_http_client.new(live.base, {arrays = face})
    local env = assert(client:make("CartPole-v1"))
    assert(env:reset({seed = 0}))
    local observation, reward, terminated = env:step(1)
    assert.same({1, false}, {reward, terminated})
    assert.equal(4, #env.observation_space.high) -- a description, not a value
    assert(env:close())
    local vector = assert(client:make("CartPole-v1", {num_envs = 2, vectorization_mode = "sync"}))
    assert(vector:reset({seed = 0}))
    local actions = type(face) == "function" and {0, 1} or vector:sample()
    local observations, rewards, ended = assert(vector:step(actions))
    assert.same({false, false}, ended)
    assert(vector:close())
    return observation, observations, rewards
  end

  local expected = stepped("lists")

  it("may be raw bytes", function()
    local observation, observations, rewards = stepped("bytes")
    assert.same({"<f4", {4}, 4, 16}, {observation.dtype, observation.shape, observation.size, #observation.bytes})
    assert.same(expected, observation:totable())
    assert.same({{2, 4}, 32}, {observations.shape, #observations.bytes})
    assert.same({1, 1}, rewards:totable())
  end)

  it("may be any function of dtype, shape and bytes", function()
    local observation, observations = stepped(function(dtype, shape, bytes)
      return dtype .. ":" .. table.concat(shape, "x") .. ":" .. #bytes
    end)
    assert.equal("<f4:4:16", observation)
    assert.equal("<f4:2x4:32", observations)
  end)

  it("may be tensors", function()
    local observation, observations = stepped("torch")
    assert.equal("torch.FloatTensor", observation:type())
    assert.same(expected, observation:totable())
    assert.equal(2, observations:dim())
  end)

  if jit then
    it("may be FFI arrays, which go back as actions", function()
      local ffi = require("ffi")
      local observation, observations = stepped("ffi")
      assert.is_true(ffi.istype("float[4]", observation.data) or ffi.istype("float[?]", observation.data))
      assert.same(expected, {observation.data[0], observation.data[1], observation.data[2], observation.data[3]})
      assert.same(expected, observation:totable())
      assert.equal(8, observations.size)
      for _, encoding in ipairs({"json", "msgpack"}) do
        local client = live.client({encoding = encoding})
        local id = assert(client:env_create("Pendulum-v1"))
        assert(client:env_reset(id, {seed = ffi.new("int64_t", 1)}))
        assert(client:env_step(id, ffi.new("float[1]", 0.5)))
        assert(client:env_step(id, ffi.new("double[?]", 1, 0.5)))
        assert(client:env_close(id))
        id = assert(client:env_create("CartPole-v1"))
        assert(client:env_reset(id))
        assert(client:env_step(id, ffi.new("int64_t", 1)))
        assert(client:env_step(id, ffi.new("uint8_t", 1)))
        assert(client:env_close(id))
      end
    end)
  end
end)
