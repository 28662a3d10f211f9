--- TLS for https servers, through LuaSec, loaded only when an https URL is used.
-- @module gym_http_client.sockets.tls

local tls = {}

-- Where systems keep the certificates they trust; LuaSec has no default of its own.
local TRUSTED = {
  os.getenv("SSL_CERT_FILE") or false,
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/cert.pem",
}

local function trusted_file()
  for _, path in ipairs(TRUSTED) do
    local file = path and io.open(path)
    if file then
      file:close()
      return path
    end
  end
end

local function name_matches(pattern, host)
  pattern, host = pattern:lower(), host:lower()
  if pattern:sub(1, 2) == "*." then
    -- RFC 6125: the wildcard stands for one label.
    return host:match("^[^.]+(%..+)$") == pattern:sub(2)
  end
  return pattern == host
end

-- LuaSec checks the chain of a certificate, not for whom it is.
local function names_host(certificate, host)
  local names = (certificate:extensions() or {})["2.5.29.17"] or {} -- subjectAltName
  for _, kind in ipairs({"dNSName", "iPAddress"}) do
    for _, name in ipairs(names[kind] or {}) do
      if name_matches(name, host) then
        return true
      end
    end
  end
  return false
end

--- Speak TLS on a connected socket.
-- @param socket a connected TCP socket of LuaSocket
-- @string host the name that the certificate must bear
-- @tab options `cafile`: certificates to trust instead of the system's; `verify = false`: accept any certificate
-- @number timeout seconds for the handshake
-- @return the TLS socket, or nil and what was wrong
function tls.wrap(socket, host, options, timeout)
  local ok, ssl = pcall(require, "ssl")
  if not ok then
    return nil, "an https URL needs LuaSec (luarocks install luasec, or Debian's lua-sec)"
  end
  local verify = options.verify ~= false
  local wrapped, message = ssl.wrap(socket, {
    mode = "client",
    protocol = "any",
    options = {"all", "no_sslv2", "no_sslv3", "no_tlsv1", "no_tlsv1_1"},
    verify = verify and "peer" or "none",
    cafile = verify and (options.cafile or trusted_file()) or nil,
  })
  if not wrapped then
    return nil, message
  end
  wrapped:settimeout(timeout, "t")
  wrapped:sni(host)
  ok, message = wrapped:dohandshake()
  if not ok then
    return nil, message
  elseif verify and not names_host(wrapped:getpeercertificate(), host) then
    wrapped:close()
    return nil, "the server's certificate is not for " .. host
  end
  return wrapped
end

return tls
