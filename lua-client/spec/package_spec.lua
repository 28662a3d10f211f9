local live = require("live")

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local function lines(command)
  local process = assert(io.popen(command))
  local all = {}
  for line in process:lines() do
    all[#all + 1] = line
  end
  process:close()
  return all
end

describe("the package", function()
  it("leaks nothing into _G", function()
    -- In a process of its own: busted's has everything loaded already.
    local found = lines(("%s spec/support/globals.lua %s"):format(live.lua, live.base))
    assert.same({"no new globals"}, found)
  end)

  local penlight = "/usr/share/lua/" .. _VERSION:match("%d.%d") .. "/pl/strict.lua"
  for _, strict in ipairs({"spec/support/strict.lua", penlight}) do
    it("works where globals must be declared: " .. strict, function()
      local command = "%s -e 'dofile [[%s]]' spec/support/globals.lua %s 2>&1"
      assert.same({"no new globals"}, lines(command:format(live.lua, strict, live.base)))
    end)
  end

  it("has a method for every operation of the contract, and no other", function()
    local client = live.client()
    local operations = {}
    for id, rest in read("../spec/openapi.yaml"):gmatch("operationId: ([%w_]+)\n([^\n]*)") do
      if not rest:find("x-form-of", 1, true) then -- another form of an operation
        operations[id] = true
        assert.is_function(client[id], id)
      end
    end
    assert.is_true(operations.env_step and operations.shutdown)
    local own = {
      shutdown_server = true, close = true, make = true, attach = true,
      __index = true, __tostring = true, __close = true,
    }
    for name in pairs(getmetatable(client)) do
      assert.is_true(operations[name] or own[name] or false, name)
    end
  end)

  it("installs every module by either rockspec", function()
    local modules = {}
    for _, path in ipairs(lines("cd src && find . -name '*.lua'")) do
      path = path:sub(3)
      modules[path:gsub("/init%.lua$", ""):gsub("%.lua$", ""):gsub("/", ".")] = "src/" .. path
    end
    for _, path in ipairs({"gym-http-client-scm-1.rockspec", "rockspecs/gym-http-client-1.0.0-1.rockspec"}) do
      local installed = {}
      for name, file in read(path):gmatch('%["([%w_.]+)"%] = "([^"]+)"') do
        installed[name] = file
      end
      assert.same(modules, installed)
    end
  end)

  it("has a README whose agents play", function()
    local returns = 0
    for agent in read("README.md"):gmatch("```lua\n(.-)```") do
      if agent:find("return: ", 1, true) then -- a whole program
        local path = os.tmpname()
        local file = assert(io.open(path, "w"))
        file:write((agent:gsub("http://127.0.0.1:5000", live.base)))
        file:close()
        local said = lines(live.lua .. " " .. path .. " 2>&1")
        assert.truthy(said[#said]:find("return: %d+"), said[#said])
        os.remove(path)
        returns = returns + 1
      end
    end
    assert.equal(3, returns) -- an environment, one on cqueues, one of rlenvs
  end)

  it("says one version", function()
    local version = require("gym_http_client")._VERSION
    assert.truthy(read("rockspecs/gym-http-client-" .. version .. "-1.rockspec"):find(
      'version = "' .. version .. '-1"', 1, true))
  end)
end)
