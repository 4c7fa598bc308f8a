-- Leases tickets. ARGV[2]: the lease in milliseconds; 3: the worker; 4: the process that holds its inbox; 5: the
-- maximum number; 6: the version of the list of lanes that the claimant knows; then its lanes.
-- Replies {version, lane...} if the list of lanes has changed, and otherwise {'', body, attempt, body, attempt...}.
local lease, worker, holder, max = tonumber(ARGV[2]), ARGV[3], ARGV[4], tonumber(ARGV[5])

release_delayed(64)
local version = call('GET', LANES_VERSION) or '0'
if version ~= ARGV[6] then
  local answer = call('ZRANGE', LANES, 0, -1)
  table.insert(answer, 1, version)
  return answer
end

-- The first member of each lane: sort key, then job.
local heads = {}
local function load_head(lane)
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

local function start_attempt(job)
  local ticket = TICKET .. job
  local pool, priority, kind, since, tag, attempts, body =
    unpack(call('HMGET', ticket, 'pool', 'priority', 'kind', 'since', 'turn', 'attempts', 'body'))
  attempts = attempts + 1
  call('HSET', ticket, 'state', 'leased', 'attempts', attempts, 'worker', worker, 'holder', holder)
  count_waiting(-1, job, pool, priority, kind, since)
  call('HINCRBY', COUNTS, 'running|' .. pool, 1)
  call('ZADD', LEASED, now + lease, job)
  if tonumber(tag) > (tonumber(call('HGET', VIRTUAL_TIME, pool)) or 0) then
    call('HSET', VIRTUAL_TIME, pool, tag)
  end
  return body, tostring(attempts)
end

for at = 7, #ARGV do
  load_head(ARGV[at])
end
local claims = { '' }
for _ = 1, max do
  local lane, head = first()
  if not lane then
    break
  end
  call('ZREM', LANE .. lane, head)
  local body, attempt = start_attempt(string.sub(head, 34))
  claims[#claims + 1] = body
  claims[#claims + 1] = attempt
  load_head(lane)
end
return claims
