-- nginx with its Lua module, as ./install-test-deps unpacks it, in a process of its own.
local socket = require("socket")

local nginx = {}

local CONFIGURATION = [[
load_module %ROOT%/usr/lib/nginx/modules/ndk_http_module.so;
load_module %ROOT%/usr/lib/nginx/modules/ngx_http_lua_module.so;
daemon off;
master_process off;
pid %WORK%/pid;
error_log %WORK%/log warn;
events {}
http {
  access_log off;
  client_body_temp_path %WORK%/body;
  proxy_temp_path %WORK%/proxy;
  fastcgi_temp_path %WORK%/fastcgi;
  uwsgi_temp_path %WORK%/uwsgi;
  scgi_temp_path %WORK%/scgi;
  lua_package_path "%SOURCE%/?.lua;%SOURCE%/?/init.lua;%ROOT%/usr/share/lua/5.1/?.lua;/usr/share/lua/5.1/?.lua;;";
  lua_socket_log_errors off;
  server {
    listen 127.0.0.1:%PORT%;
    location / {
      content_by_lua_block {
        local gym = require("gym_http_client")
        local sockets = require("gym_http_client.sockets.openresty")
        %SCRIPT%
      }
    }
    location /at-once { return 200 "at once\n"; }
  }
}
]]

local function lines_of(command)
  local process = assert(io.popen(command))
  local text = process:read("*a")
  process:close()
  return text
end

local ROOT = lines_of("cd .. && pwd"):match("[^\n]*") .. "/.cache/nginx"

--- Whether it was unpacked, as on every Debian system.
nginx.is_there = io.open(ROOT .. "/ready") ~= nil

-- Start nginx at a port that was free a moment ago: its directory and process; nil where another took the port.
local function try(script, port)
  local work = os.tmpname()
  os.remove(work)
  os.execute("mkdir " .. work)
  local values = {
    ROOT = ROOT, WORK = work, PORT = tostring(port), SCRIPT = script,
    SOURCE = lines_of("cd src && pwd"):match("[^\n]*"),
  }
  local file = assert(io.open(work .. "/nginx.conf", "w"))
  file:write((CONFIGURATION:gsub("%%(%u+)%%", values)))
  file:close()
  local command = "LD_LIBRARY_PATH=$(echo %s/usr/lib/*-linux-gnu):$(echo %s/lib/*-linux-gnu) "
    .. "timeout 120 %s/usr/sbin/nginx -p %s -c %s/nginx.conf >%s/output 2>&1 & echo $!"
  local pid = lines_of(command:format(ROOT, ROOT, ROOT, work, work, work)):match("%d+")
  repeat
    socket.sleep(0.05)
    local written = io.open(work .. "/pid") -- by nginx, when it listens
    if written then
      written:close()
      return work, pid
    end
  until lines_of("kill -0 " .. pid .. " 2>&1") ~= ""
  local said = lines_of("cat " .. work .. "/output " .. work .. "/log; rm -rf " .. work)
  assert(said:find("Address already in use", 1, true), said)
end

--- Serve a script, which has `gym` (the client) and `sockets`.
-- @string script
-- @treturn tab with `port`, and `stop`, a function
function nginx.start(script)
  local port, work, pid
  repeat
    local free = assert(socket.bind("127.0.0.1", 0))
    port = select(2, free:getsockname())
    free:close()
    work, pid = try(script, port)
  until work
  return {
    port = port,
    stop = function()
      os.execute("kill " .. pid .. " && rm -rf " .. work)
    end,
  }
end

return nginx
