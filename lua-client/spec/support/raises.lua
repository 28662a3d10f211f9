-- Assert that a mistake is raised with this message, at the line of the program that made it: a spec's, or this one's.
return function(message, call, ...)
  local ok, raised = pcall(call, ...)
  assert(not ok, "nothing was raised")
  local place, rest = tostring(raised):match("^(spec/[%w_/]+%.lua):%d+: (.*)$")
  assert(place, "raised without a place in a spec: " .. tostring(raised))
  assert(rest == message, "raised: " .. rest)
end
