-- A proxy that fails on purpose: `faulty.lua UPSTREAM FAULT...`, one fault for each request, in order.
--
--   pass            hand over the reply
--   close           close the connection without forwarding the request
--   drop            forward the request, then close without a reply
--   cut             forward the request, hand over half of the reply's bytes, close
--   raw:BYTES       forward nothing, answer BYTES and keep the connection
--   rawclose:BYTES  the same and close
--   hold:BYTES      the same and wait for the client to close
--   late:SECONDS    forward nothing, close the connection after so long
--
-- Prints its port, then a line for each request: method, path, Idempotency-Key, Authorization, Accept, Content-Type
-- (`-` for none), length of the body.
-- Ends after the last fault, at a request END, or when nothing comes for 10 s. With CERTIFICATE and KEY in the
-- environment it speaks TLS, and a connection that brings no request counts as one.
local socket = require("socket")

local IDLE = 10

local function receive_message(connection)
  local lines, length = {}, 0
  repeat
    local line = connection:receive("*l")
    if not line then
      return nil
    end
    lines[#lines + 1] = line
    length = tonumber(line:lower():match("^content%-length:%s*(%d+)")) or length
  until line == ""
  local body = length > 0 and connection:receive(length) or ""
  return table.concat(lines, "\r\n") .. "\r\n" .. body
end

local function forward(upstream, request)
  local host, port = upstream:match("^(.+):(%d+)$")
  local server = assert(socket.connect(host, tonumber(port)))
  server:settimeout(IDLE)
  assert(server:send((request:gsub("\r\nHost: [^\r]*", "\r\nHost: " .. upstream, 1))))
  local reply = assert(receive_message(server))
  server:close()
  return reply
end

local function log(request)
  local method, path = request:match("^(%u+) (%S+)")
  local fields = {}
  for _, name in ipairs({"Idempotency%-Key", "Authorization", "Accept", "Content%-Type"}) do
    fields[#fields + 1] = request:match("\r\n" .. name .. ": ([^\r]*)") or "-"
  end
  print(method, path, table.concat(fields, "\t"), #request:match("\r\n\r\n(.*)$"))
end

-- Answer one request by one fault; whether the connection stays open.
local function answer(fault, connection, upstream, request)
  local kind, bytes = fault:match("^(%l+):?(.*)$")
  if kind == "pass" then
    connection:send(forward(upstream, request))
    return true
  elseif kind == "drop" then
    forward(upstream, request)
  elseif kind == "cut" then
    local reply = forward(upstream, request)
    connection:send(reply:sub(1, math.floor(#reply / 2)))
  elseif kind == "hold" then
    connection:send(bytes)
    connection:receive(1)
  elseif kind == "late" then
    socket.sleep(tonumber(bytes))
  elseif kind == "raw" or kind == "rawclose" then
    connection:send(bytes)
    return kind == "raw"
  end
  return false
end

local function secured(connection)
  local certificate = os.getenv("CERTIFICATE")
  if not certificate then
    return connection
  end
  local wrapped = assert(require("ssl").wrap(connection, {
    mode = "server", protocol = "any", certificate = certificate, key = os.getenv("KEY"),
  }))
  wrapped:settimeout(IDLE)
  return wrapped:dohandshake() and wrapped
end

local upstream = table.remove(arg, 1)
local listener = assert(socket.bind("127.0.0.1", 0))
listener:settimeout(IDLE)
local _, port = listener:getsockname()
io.stdout:setvbuf("line")
print(port)

while #arg > 0 do
  local connection = listener:accept()
  if not connection then
    break
  end
  connection:settimeout(IDLE)
  connection = secured(connection)
  local request = connection and receive_message(connection)
  if not request then
    table.remove(arg, 1)
  elseif request:find("^END\r") then
    break
  end
  while request do
    log(request)
    local open = answer(table.remove(arg, 1), connection, upstream, request)
    request = open and #arg > 0 and receive_message(connection)
  end
  if connection then
    connection:close()
  end
end
