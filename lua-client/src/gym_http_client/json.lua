--- JSON without loss.
--
-- Parsing and string quoting are dkjson's. Writing is done here because dkjson (as the other Lua encoders) writes
-- numbers with 14 digits; integers beyond the interpreter's range are kept by @{gym_http_client.integer}.
--
-- Conventions of the server's API: `+inf` is written 1e100, `-inf` -1e100, NaN null.
-- An empty table is a list, unless it was read from an object or made with @{object}: so it goes back as it came.
-- @module gym_http_client.json

local dkjson = require("dkjson")
local safe_pairs = require("gym_http_client.safe_pairs")
local integer = require("gym_http_client.integer")

local json = {}

local concat, find, format, gsub, sub = table.concat, string.find, string.format, string.gsub, string.sub
local getmetatable, setmetatable, tonumber, type = getmetatable, setmetatable, tonumber, type
local huge, math_type = math.huge, math.type
local quote = dkjson.quotestring

local MAX_DEPTH = 200

local object_mt = {__jsontype = "object"}

--- The null of a JSON document, where a nil would leave a hole (it is dkjson's).
json.null = dkjson.null

--- Mark a table as an object, which matters for an empty one.
-- @tab[opt] map the table, a new one if absent
-- @treturn table the same table
function json.object(map)
  return setmetatable(map or {}, object_mt)
end

--- Whether a value is a table read from an object, or marked as one.
-- @param value anything
-- @treturn boolean
function json.is_object(value)
  return type(value) == "table" and getmetatable(value) == object_mt
end

--- Whether a table is written as a list: its keys are 1 to n, and it is not marked as an object.
-- @tab value
-- @treturn boolean
function json.is_array(value)
  if json.is_object(value) then
    return false
  end
  local count = #value
  for _ in safe_pairs(value) do
    count = count - 1
  end
  return count == 0
end

-- The shortest of 15 to 17 significant digits that reads back as the same double.
local function float_text(number)
  local text = format("%.15g", number)
  if tonumber(text) ~= number then
    text = format("%.16g", number)
    if tonumber(text) ~= number then
      text = format("%.17g", number)
    end
  end
  text = gsub(text, ",", ".") -- a locale may write a comma
  return text
end

local function number_text(number)
  if number ~= number then
    return "null"
  elseif number == huge then
    return "1e100"
  elseif number == -huge then
    return "-1e100"
  elseif math_type then
    if math_type(number) == "integer" then
      return format("%d", number)
    end
    local text = float_text(number)
    return find(text, "[.e]") and text or text .. ".0"
  elseif number == 0 and 1 / number < 0 then
    return "-0.0"
  elseif number % 1 == 0 and number > -2^63 and number < 2^63 then
    return format("%.0f", number)
  end
  return float_text(number)
end

local write -- forward declaration: lists and objects write their members

local function write_array(value, out, depth)
  out[#out + 1] = "["
  for i = 1, #value do
    if i > 1 then
      out[#out + 1] = ","
    end
    write(value[i], out, depth)
  end
  out[#out + 1] = "]"
end

local function write_object(value, out, depth)
  out[#out + 1] = "{"
  local first = true
  for key, member in safe_pairs(value) do
    if type(key) ~= "string" then
      error("cannot encode a table whose keys are neither 1..n nor all strings (found the key "
        .. tostring(key) .. ")", 0)
    end
    out[#out + 1] = first and quote(key) .. ":" or "," .. quote(key) .. ":"
    first = false
    write(member, out, depth)
  end
  out[#out + 1] = "}"
end

function write(value, out, depth)
  local kind = type(value)
  if kind == "number" then
    out[#out + 1] = number_text(value)
  elseif kind == "string" then
    out[#out + 1] = quote(value)
  elseif kind == "boolean" then
    out[#out + 1] = value and "true" or "false"
  elseif value == nil or value == json.null then
    out[#out + 1] = "null"
  elseif kind ~= "table" then
    error("cannot encode a " .. kind, 0)
  elseif integer.is_integer(value) then
    out[#out + 1] = value.digits
  elseif depth > MAX_DEPTH then
    error("cannot encode a table nested deeper than " .. MAX_DEPTH .. " levels (does it contain itself?)", 0)
  elseif json.is_array(value) then
    write_array(value, out, depth + 1)
  else
    write_object(value, out, depth + 1)
  end
end

--- Write a value as JSON.
-- @param value numbers, strings, booleans, @{null}, and tables of them
-- @treturn string the document
-- @raise when something has no JSON form: a function, a list with holes, a table that contains itself
function json.encode(value)
  local out = {}
  write(value, out, 1)
  return concat(out)
end

-- An integer of this many digits may be more than a Lua number holds.
local LONG_DIGITS = math_type and 19 or 16
local LONG = "%-?" .. ("%d"):rep(LONG_DIGITS) .. "+"
local MAYBE_LONG = "[%[:,]%s*" .. LONG .. "%s*[,%]}]"

-- Call `change` on each stretch of the document outside strings.
local function outside_strings(text, change)
  local out, position = {}, 1
  repeat
    local open = find(text, '"', position, true)
    out[#out + 1] = change(sub(text, position, (open or 0) - 1))
    if open then
      local close = open
      repeat
        close = find(text, '["\\]', close + 1)
        local escaped = close and sub(text, close, close) == "\\"
        close = escaped and close + 1 or close
      until not escaped
      out[#out + 1] = sub(text, open, close or -1)
      position = (close or #text) + 1
    end
  until not open
  return concat(out)
end

local function restore_integers(value, marker)
  if type(value) == "string" and sub(value, 1, #marker) == marker then
    return integer.parse(sub(value, #marker + 1))
  elseif type(value) == "table" and value ~= json.null then
    for key, member in safe_pairs(value) do
      value[key] = restore_integers(member, marker)
    end
  end
  return value
end

-- dkjson would round long integers, so they pass it as strings behind a marker that the document does not contain.
local function decode_long(text)
  local number = 0
  while find(text, "integer" .. number, 1, true) do
    number = number + 1
  end
  local marker = "integer" .. number .. ":"
  local guarded = outside_strings(text, function(stretch)
    return (gsub(stretch, "%f[%w.+-](" .. LONG .. ")%f[^%w.+-]", '"' .. marker .. '%1"'))
  end)
  local value, position, message = dkjson.decode(guarded, 1, json.null, object_mt, nil)
  return restore_integers(value, marker), position, message, #guarded, guarded
end

local function parse(text)
  if find(text, MAYBE_LONG) then
    return decode_long(text)
  end
  local value, position, message = dkjson.decode(text, 1, json.null, object_mt, nil)
  return value, position, message, #text, text
end

--- Read a JSON document.
-- @string text
-- @return the value, or nil and what was wrong
function json.decode(text)
  -- A document nested too deeply for the interpreter's stack raises; that is a bad document too.
  local ok, value, position, message, length, parsed = pcall(parse, text)
  if not ok then
    return nil, tostring(value)
  elseif message then
    return nil, message
  elseif position <= length and find(parsed, "%S", position) then
    return nil, "something follows the end of the document"
  end
  return value
end

return json
