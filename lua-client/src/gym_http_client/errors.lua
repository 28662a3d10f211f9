--- The one error of this client, in four kinds.
--
-- Every operation returns `nil, err` on failure. `err.kind` is
--
--   * `"api"`: the server refused; `err.status` (HTTP) and, where there is one, `err.code` (for programs) say how,
--   * `"transport"`: no connection, or it was lost and the retries were spent,
--   * `"timeout"`: no reply within the client's timeout,
--   * `"decode"`: the reply was not HTTP, or not what its Content-Type or the API promises.
--
-- Where an earlier attempt of the same call failed in another way, `err.cause` is that error.
-- `err.message` is for people, and `tostring(err)` puts it all in one line.
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

return errors
