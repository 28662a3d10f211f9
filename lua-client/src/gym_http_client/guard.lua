--- What is to be done when an object is collected, or when the program ends.
-- @module gym_http_client.guard

local guard = {}

local newproxy = rawget(_G, "newproxy") -- Lua 5.1 and LuaJIT, where only userdata have finalizers

local Guard = {}
Guard.__index = Guard

function Guard:__gc()
  if self.act then
    pcall(self.act) -- an error in a finalizer would surface anywhere in the program
  end
end

--- Stand guard for an object, which must hold what this returns, while `act` must not hold the object.
-- @func act
-- @treturn Guard
function guard.new(act)
  local self = setmetatable({act = act}, Guard)
  if newproxy then
    self.proxy = newproxy(true)
    getmetatable(self.proxy).__gc = function()
      Guard.__gc(self)
    end
  end
  return self
end

--- Stand down: nothing is to be done any more.
function Guard:dismiss()
  self.act = nil
end

return guard
