--- `pairs` that can be relied on.
--
-- LuaJIT since 2021, the version of Debian 12 among them, compiles loops over `pairs` and now and then ends one early
-- (compare its issues 827 and 1510): an action was missing from what was sent. It knows such a loop by the name `pairs`
-- or `next`; behind a function of our own the loop takes the older, sound way.
-- @module gym_http_client.safe_pairs

if not jit then
  return pairs
end

local function following(map, key)
  return next(map, key)
end

--- Traverse a table.
-- @tab map
-- @return what a generic `for` wants
local function safe_pairs(map)
  return following, map
end

return safe_pairs
