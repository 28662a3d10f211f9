--- Options of methods, checked before anything is sent.
-- @module gym_http_client.options

local cdata = require("gym_http_client.encoding.cdata")
local errors = require("gym_http_client.errors")
local integer = require("gym_http_client.integer")
local json = require("gym_http_client.encoding.json")
local safe_pairs = require("gym_http_client.safe_pairs")

local options = {}

local floor, min, type = math.floor, math.min, type

-- How many letters to change, add or leave out to make one word of another (Levenshtein 1966).
local function distance(a, b)
  local row = {}
  for j = 0, #b do
    row[j] = j
  end
  for i = 1, #a do
    local diagonal = row[0]
    row[0] = i
    for j = 1, #b do
      local change = a:byte(i) == b:byte(j) and 0 or 1
      diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + change)
    end
  end
  return row[#b]
end

-- The word of a table's keys that is most like another, and all of them in order.
local function nearest(word, known)
  local names, best, least = {}, nil, math.huge
  for name in safe_pairs(known) do
    names[#names + 1] = name
    local changes = distance(word, name)
    if changes < least then
      best, least = name, changes
    end
  end
  table.sort(names)
  return least <= #word / 2 and best or nil, names
end

local function shown(value)
  if value == json.null then
    return "null"
  end
  return type(value) == "string" and "'" .. value .. "'" or tostring(value)
end

--- Make a check of a type.
-- @string name of the type, and of what is expected
-- @treturn func to be handed to @{check}
function options.a(name)
  return function(value)
    return type(value) ~= name and "a " .. name or nil
  end
end

--- Make a check of the words that are allowed.
-- @string ... the words
-- @treturn func
function options.one_of(...)
  local words, quoted = {}, {}
  for index, word in ipairs({...}) do
    words[word], quoted[index] = true, "'" .. word .. "'"
  end
  return function(value)
    return not words[value] and table.concat(quoted, " or ") or nil
  end
end

--- Whether a value is a whole number: a plain one, an integer object, or one of LuaJIT's (`1LL`).
-- @param value anything
-- @treturn bool
function options.is_whole(value)
  if type(value) == "cdata" then
    value = cdata.plain(value)
  end
  return integer.is_integer(value) or type(value) == "number" and floor(value) == value and value - value == 0
end

--- Check options.
-- @string of what they are options
-- @param given what the caller gave for a table of them, or nil
-- @tab known by name a function that says of a value what was expected instead of it, or nil if it is right
-- @bool[opt] nullable whether a null may stand for none
-- @treturn tab the options
-- @raise at the caller's line, naming the option and what would be right
function options.check(of, given, known, nullable)
  if given == nil then
    return {}
  elseif type(given) ~= "table" or given == json.null then
    errors.misuse(("%s: the options must be a table such as {%s = ...}, not %s"):format(
      of, select(2, nearest("", known))[1], shown(given)))
  end
  for name, value in safe_pairs(given) do
    local expected = known[name]
    if not expected then
      local best, names = nearest(tostring(name), known)
      errors.misuse(("%s: there is no option %s; %s"):format(of, shown(name),
        best and "did you mean '" .. best .. "'?" or "it has " .. table.concat(names, ", ")))
    end
    local wanted = not (nullable and value == json.null) and expected(value)
    if wanted then
      errors.misuse(("%s: the option '%s' must be %s, not %s"):format(of, name, wanted, shown(value)))
    end
  end
  return given
end

return options
