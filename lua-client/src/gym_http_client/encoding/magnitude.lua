--- Arithmetic with whole numbers of any size, without sign: lists of their digits to the base 10^7, the least first.
-- @module gym_http_client.encoding.magnitude

local magnitude = {}

local floor, format = math.floor, string.format

local BASE, DIGITS = 10000000, 7

local function trimmed(limbs)
  local count = #limbs
  while count > 1 and limbs[count] == 0 do
    limbs[count] = nil
    count = count - 1
  end
  return limbs
end

--- The number of these decimal digits.
-- @string digits
-- @treturn tab limbs
function magnitude.parse(digits)
  local limbs = {}
  for last = #digits, 1, -DIGITS do
    limbs[#limbs + 1] = tonumber(digits:sub(math.max(last - DIGITS + 1, 1), last))
  end
  return trimmed(limbs)
end

--- Its decimal digits.
-- @tab limbs
-- @treturn string
function magnitude.digits(limbs)
  local parts = {format("%d", limbs[#limbs])}
  for i = #limbs - 1, 1, -1 do
    parts[#parts + 1] = format("%07d", limbs[i])
  end
  return table.concat(parts)
end

--- Which of two is greater.
-- @tab a
-- @tab b
-- @treturn int below, at or above 0, as `a` is below, at or above `b`
function magnitude.compare(a, b)
  if #a ~= #b then
    return #a - #b
  end
  for i = #a, 1, -1 do
    if a[i] ~= b[i] then
      return a[i] - b[i]
    end
  end
  return 0
end

--- a + b
-- @tab a
-- @tab b
-- @treturn tab limbs
function magnitude.add(a, b)
  local sum, carry = {}, 0
  for i = 1, math.max(#a, #b) do
    local part = (a[i] or 0) + (b[i] or 0) + carry
    carry = part >= BASE and 1 or 0
    sum[i] = part - carry * BASE
  end
  if carry > 0 then
    sum[#sum + 1] = carry
  end
  return sum
end

--- a - b
-- @tab a at least b
-- @tab b
-- @treturn tab limbs
function magnitude.subtract(a, b)
  local difference, borrow = {}, 0
  for i = 1, #a do
    local part = a[i] - (b[i] or 0) - borrow
    borrow = part < 0 and 1 or 0
    difference[i] = part + borrow * BASE
  end
  return trimmed(difference)
end

--- a * b
-- @tab a
-- @tab b
-- @treturn tab limbs
function magnitude.multiply(a, b)
  local product = {}
  for i = 1, #a + #b do
    product[i] = 0
  end
  for i = 1, #a do
    local carry = 0
    for j = 1, #b do
      local part = product[i + j - 1] + a[i] * b[j] + carry
      carry = floor(part / BASE)
      product[i + j - 1] = part - carry * BASE
    end
    product[i + #b] = carry
  end
  return trimmed(product)
end

-- About what it is, as a double.
local function estimate(limbs)
  local value = 0.0
  for i = #limbs, 1, -1 do
    value = value * BASE + limbs[i]
  end
  return value
end

--- The quotient of a and b and what remains.
-- @tab a
-- @tab b above 0
-- @treturn tab quotient
-- @treturn tab remainder
function magnitude.divide(a, b)
  local quotient, rest = {}, {0}
  for i = #a, 1, -1 do
    table.insert(rest, 1, a[i])
    trimmed(rest)
    -- At most one too many: a quotient below 10^7 of two doubles that are right to 15 digits.
    local digit = floor(estimate(rest) / estimate(b))
    local taken = magnitude.multiply(b, {digit})
    if magnitude.compare(taken, rest) > 0 then
      digit, taken = digit - 1, magnitude.subtract(taken, b)
    end
    rest = magnitude.subtract(rest, taken)
    if magnitude.compare(rest, b) >= 0 then
      digit, rest = digit + 1, magnitude.subtract(rest, b)
    end
    quotient[i] = digit
  end
  return trimmed(quotient), rest
end

return magnitude
