-- Leases tickets. ARGV[2]: the lease in milliseconds; 3: the worker; 4: the process that holds its inbox; 5: how many at
-- most; 6: the version of the list of lanes that the claimant knows; then its lanes.
-- Answers {version, lane...} if there are other lanes by now, and otherwise {'', body, attempt, body, attempt...}.
local lease, worker, holder, most = tonumber(ARGV[2]), ARGV[3], ARGV[4], tonumber(ARGV[5])

let_through(64)
local version = call('GET', LANES_VERSION) or '0'
if version ~= ARGV[6] then
  local answer = call('ZRANGE', LANES, 0, -1)
  table.insert(answer, 1, version)
  return answer
end

-- The first ticket of each lane, as it is written there: order, then job.
local heads = {}
local function look(lane)
  heads[lane] = call('ZRANGE', LANE .. lane, 0, 0)[1]
end

local function first()
  local lane, least
  for candidate, head in pairs(heads) do
    if not least or head < least then
      lane, least = candidate, head
    end
  end
  return lane, least
end

local function begin(job)
  local ticket = TICKET .. job
  local pool, priority, kind, since, turn, attempts, body =
    unpack(call('HMGET', ticket, 'pool', 'priority', 'kind', 'since', 'turn', 'attempts', 'body'))
  attempts = attempts + 1
  call('HSET', ticket, 'state', 'leased', 'attempts', attempts, 'worker', worker, 'holder', holder)
  count_waiting(-1, job, pool, priority, kind, since)
  call('HINCRBY', COUNTS, 'running|' .. pool, 1)
  call('ZADD', LEASED, now + lease, job)
  if tonumber(turn) > (tonumber(call('HGET', TURN, pool)) or 0) then
    call('HSET', TURN, pool, turn)
  end
  return body, tostring(attempts)
end

for at = 7, #ARGV do
  look(ARGV[at])
end
local claims = { '' }
for _ = 1, most do
  local lane, head = first()
  if not lane then
    break
  end
  call('ZREM', LANE .. lane, head)
  local body, attempt = begin(string.sub(head, 34))
  claims[#claims + 1] = body
  claims[#claims + 1] = attempt
  look(lane)
end
return claims
