-- What is to be done from time to time. ARGV[2]: the lease, 3: the longest delay, 4: how long dead letters are kept,
-- 5: how long the events of finished jobs are, 6: how long an empty lane is, all in milliseconds; 7: how much at most.
-- Answers how many have died since the beginning, then the leases that have run out: job, attempt, worker for each.
local lease, delay, keep_dead, keep_events, keep_lane = unpack(ARGV, 2, 6)
local most = ARGV[7]

-- Nothing ends later than it would if it began now, wherever this server's clock has been set meanwhile.
for set, longest in pairs({ [LEASED] = lease, [DELAYED] = delay }) do
  for _, job in ipairs(call('ZRANGEBYSCORE', set, '(' .. now + longest, '+inf', 'LIMIT', 0, most)) do
    call('ZADD', set, now + longest, job)
  end
end
let_through(most)

for _, job in ipairs(call('ZRANGEBYSCORE', DEAD, '-inf', now - keep_dead, 'LIMIT', 0, most)) do
  call('ZREM', DEAD, job)
  call('ZREM', DEATHS, job)
  call('DEL', TICKET .. job)
end
for _, member in ipairs(call('ZRANGEBYSCORE', SEEN, '-inf', '(' .. now - lease, 'LIMIT', 0, most)) do
  call('ZREM', SEEN, member)
  call('HDEL', ROSTER, member)
end
-- Takers whose turns have passed stand where new ones do.
local turns = call('HGETALL', TURN)
for at = 1, #turns, 2 do
  call('ZREMRANGEBYSCORE', TURNS .. turns[at], '-inf', '(' .. turns[at + 1])
end
for _, lane in ipairs(call('ZRANGEBYSCORE', LANES, '-inf', '(' .. now - keep_lane, 'LIMIT', 0, most)) do
  if call('EXISTS', LANE .. lane) == 0 then
    call('ZREM', LANES, lane)
    call('INCR', LANES_VERSION)
  end
end
for _, job in ipairs(call('ZRANGEBYSCORE', FINISHED, '-inf', now - keep_events, 'LIMIT', 0, most)) do
  forget_events(job)
end

local lapsed = { tonumber(call('GET', root .. ':death')) or 0 }
for _, job in ipairs(call('ZRANGEBYSCORE', LEASED, '-inf', now, 'LIMIT', 0, most)) do
  local attempts, worker = unpack(call('HMGET', TICKET .. job, 'attempts', 'worker'))
  if worker then
    lapsed[#lapsed + 1] = job
    lapsed[#lapsed + 1] = attempts
    lapsed[#lapsed + 1] = worker
  else
    call('ZREM', LEASED, job)
  end
end
return lapsed
