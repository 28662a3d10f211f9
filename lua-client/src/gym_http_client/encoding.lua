--- The two encodings of a document.
-- @module gym_http_client.encoding

local json = require("gym_http_client.json")
local msgpack = require("gym_http_client.msgpack")
local numbers = require("gym_http_client.numbers")

local encoding = {}

local find = string.find

local JSON, MSGPACK = "application/json", "application/vnd.msgpack"
local MSGPACK_OR_JSON = MSGPACK .. ", " .. JSON .. ";q=0.5"

--- JSON in both directions.
encoding.json = {content_type = JSON, accept = JSON, encode = json.encode}

--- MessagePack in both directions.
encoding.msgpack = {content_type = MSGPACK, accept = MSGPACK_OR_JSON, encode = msgpack.encode}

--- MessagePack for a server that may not know it: what every server of this API reads goes out.
encoding.ask_for_msgpack = {content_type = JSON, accept = MSGPACK_OR_JSON, encode = json.encode}

-- What is spoken where the caller names nothing: spec/decisions/0015-default-encodings.md.
encoding.default_of = {operations = encoding.json, environments = encoding.ask_for_msgpack}

--- Read a document.
-- @string body
-- @string content_type of it, in lower case
-- @return the document, or nil and what was wrong
-- @treturn bool whether it is JSON that has nulls, some of which may stand for NaN; nil for MessagePack
function encoding.decode(body, content_type)
  if find(content_type, "msgpack", 1, true) then
    return msgpack.decode(body)
  elseif content_type ~= "" and not find(content_type, "json", 1, true) then
    return nil, "it is " .. content_type
  end
  local document, message = json.decode(body)
  if document == nil then
    return nil, message
  elseif find(body, "[eE]%+?%d%d%d") then -- as numbers from 1e100 up are written
    document = numbers.restore_infinities(document)
  end
  return document, find(body, "null", 1, true) ~= nil
end

return encoding
