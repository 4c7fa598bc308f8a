-- Notes that workers are about, and what they offer. ARGV[2]: how long in milliseconds a version is remembered that nobody
-- offers any more; 3: how many pools of workers follow. Then for each of those pool|worker, and what to know of it, or empty
-- if that is known. Then for each version that is offered its language and its numbers: what waits for a language of which one
-- is new is filed anew.
local keep, members = tonumber(ARGV[2]), tonumber(ARGV[3])
for at = 4, 3 + 2 * members, 2 do
  if ARGV[at + 1] == '' then
    call('ZADD', SEEN, 'XX', now, ARGV[at])
  else
    call('ZADD', SEEN, now, ARGV[at])
    call('HSET', ROSTER, ARGV[at], ARGV[at + 1])
  end
end

local function file_anew(lane)
  for _, head in ipairs(call('ZRANGE', LANE .. lane, 0, -1)) do
    local order, job = string.sub(head, 1, 33), string.sub(head, 34)
    local wants = call('HGET', TICKET .. job, 'wants')
    if wants and filed(lane, wants) ~= lane then
      call('ZREM', LANE .. lane, head)
      line_up(job, lane, order, wants)
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
      file_anew(lane)
    end
  end
end
