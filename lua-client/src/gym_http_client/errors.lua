--- The one error of this client, in four kinds.
--
-- Every operation returns `nil, message, err` on failure. `err.kind` is
--
--   * `"api"`: the server refused; `err.status` (HTTP) and, where there is one, `err.code` (for programs) say how,
--   * `"transport"`: no connection, or it was lost until the call's time was over,
--   * `"timeout"`: no reply within the client's timeout,
--   * `"decode"`: the reply was not HTTP, or not what its Content-Type or the API promises.
--
-- `err.message` is for people, and `tostring(err)` puts it all in one line. Where an earlier attempt of the same call
-- failed in another way, `err.cause` is that error.
--
-- `err.retry()` makes the failed call once more and returns what it would have returned. It goes out under the key it
-- had, `err.key`, so what the server did already it does not do again.
--
-- `message` is what `assert` and `error` show: on Lua 5.1 and 5.2, whose `assert` takes nothing else, the line of
-- `tostring(err)`; on the others `err` itself, so that `pcall` catches the error with its kind.
-- @module gym_http_client.errors

local errors = {}

local Error = {}
Error.__index = Error

function Error:__tostring()
  if self.kind ~= "api" then
    return self.kind .. " error: " .. self.message
  end
  return ("api error %d%s: %s"):format(self.status, self.code and " " .. self.code or "", self.message)
end

function Error.__concat(a, b)
  return tostring(a) .. tostring(b)
end

--- Make an error.
-- @string kind `"api"`, `"transport"`, `"timeout"` or `"decode"`
-- @string message what was wrong
-- @int[opt] status HTTP status of an `"api"` error
-- @string[opt] code machine-readable code of an `"api"` error
-- @treturn table the error
function errors.new(kind, message, status, code)
  return setmetatable({kind = kind, message = message, status = status, code = code}, Error)
end

--- Whether a value is an error of this client.
-- @param value anything
-- @treturn boolean
function errors.is_error(value)
  return getmetatable(value) == Error
end

local assert_takes_tables = rawget(_G, "jit") or not (_VERSION == "Lua 5.1" or _VERSION == "Lua 5.2")

--- What an operation that failed returns.
-- @tab err
-- @return nil
-- @return the message that `assert` shows
-- @treturn tab the error
function errors.results(err)
  return nil, assert_takes_tables and err or tostring(err), err
end

local source = debug and debug.getinfo(1, "S").source
local package_source = source and source:match("^(@.*)errors%.lua$")

-- Whether a function is of this package, or one of C or a tail call between it and its caller.
local function is_inside(info)
  return info.what == "C" or info.source == "=(tail call)" or info.source:sub(1, #package_source) == package_source
end

--- Raise a mistake in the program, at the line of it that called this package.
-- @string message
-- @raise always
function errors.misuse(message)
  local level = 2
  while package_source do
    local info = debug.getinfo(level, "S")
    if not info then
      break
    elseif not is_inside(info) then
      error(message, level)
    end
    level = level + 1
  end
  error(message, 0)
end

return errors
