-- Records heartbeats of workers and their offers. ARGV[2]: retention in milliseconds of a version that is no longer
-- offered; 3: number of pools of workers that follow. Then for each pool: pool|worker, and its properties, or empty
-- if they are unchanged. Then for each offered version: its language and its numbers. Waiting tickets of a language
-- with a new version are regrouped.
local keep, members = tonumber(ARGV[2]), tonumber(ARGV[3])
for at = 4, 3 + 2 * members, 2 do
  if ARGV[at + 1] == '' then
    call('ZADD', HEARTBEATS, 'XX', now, ARGV[at])
  else
    call('ZADD', HEARTBEATS, now, ARGV[at])
    call('HSET', OFFERS_OF_WORKERS, ARGV[at], ARGV[at + 1])
  end
end

local function regroup(lane)
  for _, head in ipairs(call('ZRANGE', LANE .. lane, 0, -1)) do
    local order, job = string.sub(head, 1, 33), string.sub(head, 34)
    local wants = call('HGET', TICKET .. job, 'wants')
    if wants and bucket_lane(lane, wants) ~= lane then
      call('ZREM', LANE .. lane, head)
      push_ready(job, lane, order, wants)
    end
  end
end

local news = {}
for at = 4 + 2 * members, #ARGV, 2 do
  local language, version = ARGV[at], ARGV[at + 1]
  local offered = OFFERED .. language
  call('ZREMRANGEBYSCORE', offered, '-inf', now - keep)
  if call('ZADD', offered, now, version) == 1 then
    news[language] = true
  end
  call('PEXPIRE', offered, keep)
end
if next(news) then
  for _, lane in ipairs(call('ZRANGE', LANES, 0, -1)) do
    if news[string.match(lane, '^[^|]*|[^|]*|(.*)|@')] then
      regroup(lane)
    end
  end
end
