-- Refreshes sessions in turns: every answer's refresh token goes to the end of the queue, and the next request takes its head.
-- TOKENS names a file with one token per line, which is left with those that are good at the end.
queue, first, last = {}, 1, 0

local function push(token)
  last = last + 1
  queue[last] = token
end

local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init()
  for token in io.lines(os.getenv("TOKENS")) do push(token) end
end

function request()
  local token = queue[first]
  queue[first] = nil
  first = first + 1
  local body = '{"refreshToken":"' .. token .. '"}'
  return wrk.format("POST", nil, { ["content-type"] = "application/json" }, body)
end

function response(status, headers, body)
  push(body:match('"refreshToken":"([^"]+)"'))
end

function done()
  local file = io.open(os.getenv("TOKENS"), "w")
  for _, thread in ipairs(threads) do
    for _, token in pairs(thread:get("queue")) do file:write(token, "\n") end
  end
  file:close()
end
