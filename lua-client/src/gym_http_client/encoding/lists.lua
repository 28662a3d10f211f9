--- Nested lists from the bytes of an array, many numbers at a time.
--
-- A call for each number is what reading an Atari frame would consist of: its rows are of three numbers. `string.byte`
-- and `string.unpack` give many at once, which functions written for that many put into rows. LuaJIT reads memory.
-- @module gym_http_client.encoding.lists

local arithmetic = require("gym_http_client.encoding.arithmetic")
local binary = require("gym_http_client.encoding.binary")

local lists = {}

local byte, floor = string.byte, math.floor
local unpack = string.unpack -- Lua 5.3 and later
local load = rawget(_G, "loadstring") or load
local ffi = rawget(_G, "jit") and require("ffi")

local MOST = 180 -- parameters of a function; Lua allows 200 locals

-- A function made once for each key, by the source that `write` gives for it.
local function written(write)
  local made = {}
  return function(first, second)
    local key = first * 1000 + (second or 0)
    local found = made[key]
    if not found then
      found = assert(load(write(first, second)))()
      made[key] = found
    end
    return found
  end
end

local function sequence(pattern, first, last)
  local items = {}
  for i = first, last do
    items[#items + 1] = (pattern:gsub("#", i))
  end
  return table.concat(items, ", ")
end

-- Of so many numbers makes a list.
local list_of = written(function(count)
  local names = sequence("a#", 1, count)
  return ("return function(%s) return {%s} end"):format(names, names)
end)

-- Puts so many numbers into a list, after the first `at`.
local put = written(function(count)
  local assignments = sequence("list[at + #] = a#", 1, count):gsub(",", ";")
  return ("return function(list, at, %s) %s end"):format(sequence("a#", 1, count), assignments)
end)

-- Puts so many rows of so many numbers into a list, after the first `at`.
local put_rows = written(function(rows, count)
  local made = {}
  for row = 1, rows do
    made[row] = ("list[at + %d] = {%s}"):format(row, sequence("a#", (row - 1) * count + 1, row * count))
  end
  return ("return function(list, at, %s) %s end"):format(sequence("a#", 1, rows * count), table.concat(made, "; "))
end)

-- Each reads a row of `count` numbers at `position`, and some many rows.
local Reader = {}
Reader.__index = Reader

-- A list of up to MOST numbers at a time; `many` reads them.
function Reader:row(position, count)
  local many, data, size = self.many, self.data, self.size
  if count <= MOST then
    return list_of(count)(many(data, position, count))
  end
  local list = {}
  for at = 0, count - 1, MOST do
    local length = math.min(MOST, count - at)
    put(length)(list, at, many(data, position + at * size, length))
  end
  return list
end

local function rows_by_row(self, position, rows, count)
  local list = {}
  for row = 1, rows do
    list[row] = self:row(position + (row - 1) * count * self.size, count)
  end
  return list
end

-- So many rows, as many of them at once as fit.
function Reader:rows(position, rows, count)
  local list = {}
  local at_once = count > 0 and math.min(floor(MOST / count), rows) or 0
  if at_once < 2 then
    return rows_by_row(self, position, rows, count)
  end
  local many, data = self.many, self.data
  local stride = at_once * count * self.size
  local put_some, whole = put_rows(at_once, count), rows - rows % at_once
  for at = 0, whole - 1, at_once do
    put_some(list, at, many(data, position, at_once * count))
    position = position + stride
  end
  if whole < rows then
    put_rows(rows - whole, count)(list, whole, many(data, position, (rows - whole) * count))
  end
  return list
end

local function bytes_of(data, position, count)
  return byte(data, position, position + count - 1)
end

local formats = {}

-- Numbers of a format of string.unpack.
local function numbers_of(letter, order)
  return function(data, position, count)
    local key = order .. letter .. count
    local format = formats[key]
    if not format then
      format = order .. letter:rep(count)
      formats[key] = format
    end
    return unpack(format, data, position)
  end
end

-- A row, a number at a time, of types that nothing reads at once.
local function row_by_number(self, position, count)
  local list, read, data, size = {}, self.read, self.data, self.size
  for i = 1, count do
    list[i] = read(data, position + (i - 1) * size)
  end
  return list
end

-- A row from memory.
local function row_from_memory(self, position, count)
  local list, memory, start = {}, self.memory, (position - 1) / self.size
  for i = 0, count - 1 do
    list[i + 1] = memory[start + i]
  end
  return list
end

-- Functions for rows that are short, which most of an image's are.
local short_row = written(function(count)
  return ("return function(memory, start) return {%s} end"):format(sequence("memory[start + #]", 0, count - 1))
end)

local function short_rows_from_memory(self, position, rows, count)
  if count == 0 or count > 16 then
    return Reader.rows(self, position, rows, count)
  end
  local list, memory, start, make = {}, self.memory, (position - 1) / self.size, short_row(count)
  for row = 1, rows do
    list[row] = make(memory, start + (row - 1) * count)
  end
  return list
end

local MEMORY = {
  ["|u1"] = "uint8_t", ["|i1"] = "int8_t", ["<u2"] = "uint16_t", ["<i2"] = "int16_t", ["<u4"] = "uint32_t",
  ["<i4"] = "int32_t", ["<f4"] = "float", ["<f8"] = "double",
}

-- How to read an array of a type.
local function reader_of(dtype, data)
  local plain = binary.reader(dtype)
  local reader = setmetatable({data = data, size = plain.size, read = plain.read}, Reader)
  if ffi and MEMORY[dtype] and ffi.abi("le") then
    reader.memory = ffi.cast("const " .. MEMORY[dtype] .. "*", data)
    reader.row, reader.rows = row_from_memory, short_rows_from_memory
  elseif dtype == "|u1" then
    reader.many = bytes_of
  elseif plain.letter then
    reader.many = numbers_of(plain.letter, plain.order)
  else
    reader.row, reader.rows = arithmetic.row_of[dtype] or row_by_number, rows_by_row
  end
  return reader
end

-- Lists of the shape from `axis` on, filled in C order; and the position after them.
local function nest(reader, position, shape, axis)
  local count, inner = shape[axis], shape[axis + 1]
  if not inner then
    return reader:row(position, count), position + count * reader.size
  elseif not shape[axis + 2] then
    return reader:rows(position, count, inner), position + count * inner * reader.size
  end
  local list = {}
  for i = 1, count do
    list[i], position = nest(reader, position, shape, axis + 1)
  end
  return list, position
end

--- An array as nested lists.
-- @string dtype type of its elements, one that @{gym_http_client.encoding.binary} knows
-- @tparam {int,...} shape
-- @string data the elements in C order, as many as the shape has
-- @return nested lists (for an empty shape the bare number)
function lists.of(dtype, shape, data)
  local reader = reader_of(dtype, data)
  if #shape == 0 then
    return reader.read(data, 1)
  end
  return (nest(reader, 1, shape, 1))
end

return lists
