-- What refresh.lua sends, to objects that only send it back: one object per line of TOKENS, in turns.
local bodies, at = {}, 0

for token in io.lines(os.getenv("TOKENS")) do
  table.insert(bodies, "user-" .. #bodies .. "\n" .. '{"refreshToken":"' .. token .. '"}')
end

function request()
  at = at % #bodies + 1
  return wrk.format("POST", nil, { ["content-type"] = "application/json" }, bodies[at])
end
