-- Only what Lua 5.1, 5.2, 5.3, 5.4 and LuaJIT have in common; math.type, string.pack and jit are looked for, not assumed.
std = "min"
max_line_length = 120
read_globals = {
  "jit",
  math = {fields = {"type", "frexp"}},
  string = {fields = {"pack", "unpack"}},
}
exclude_files = {"spec/support/script_of_2016.lua"} -- globals throughout, as scripts were written then
files["spec/**/*_spec.lua"].std = "+busted"
files["src"].not_globals = {"pairs", "next"} -- see gym_http_client.safe_pairs
files["src/gym_http_client/safe_pairs.lua"].globals = {"pairs", "next"}
