-- Periodic work. ARGV[2]: the lease, 3: the longest delay, 4: retention of dead letters, 5: retention of the events
-- of finished jobs, 6: retention of an empty lane, all in milliseconds; 7: maximum number of items.
-- Replies the number of dead letters since the beginning, then the expired leases: job, attempt, worker for each.
local lease, delay, keep_dead, keep_events, keep_lane = unpack(ARGV, 2, 6)
local max = ARGV[7]

-- No lease and no delay ends later than if it began now, even if this server's clock has been changed meanwhile.
for set, longest in pairs({ [LEASED] = lease, [DELAYED] = delay }) do
  for _, job in ipairs(call('ZRANGEBYSCORE', set, '(' .. now + longest, '+inf', 'LIMIT', 0, max)) do
    call('ZADD', set, now + longest, job)
  end
end
release_delayed(max)

for _, job in ipairs(call('ZRANGEBYSCORE', DEAD, '-inf', now - keep_dead, 'LIMIT', 0, max)) do
  call('ZREM', DEAD, job)
  call('ZREM', DEATHS, job)
  call('DEL', TICKET .. job)
end
for _, member in ipairs(call('ZRANGEBYSCORE', HEARTBEATS, '-inf', '(' .. now - lease, 'LIMIT', 0, max)) do
  call('ZREM', HEARTBEATS, member)
  call('HDEL', OFFERS_OF_WORKERS, member)
end
-- Flows behind the virtual time are equal to new flows.
local virtual_times = call('HGETALL', VIRTUAL_TIME)
for at = 1, #virtual_times, 2 do
  call('ZREMRANGEBYSCORE', FLOW_TAGS .. virtual_times[at], '-inf', '(' .. virtual_times[at + 1])
end
for _, lane in ipairs(call('ZRANGEBYSCORE', LANES, '-inf', '(' .. now - keep_lane, 'LIMIT', 0, max)) do
  if call('EXISTS', LANE .. lane) == 0 then
    call('ZREM', LANES, lane)
    call('INCR', LANES_VERSION)
  end
end
for _, job in ipairs(call('ZRANGEBYSCORE', FINISHED, '-inf', now - keep_events, 'LIMIT', 0, max)) do
  forget_events(job)
end

local expired = { tonumber(call('GET', root .. ':death')) or 0 }
for _, job in ipairs(call('ZRANGEBYSCORE', LEASED, '-inf', now, 'LIMIT', 0, max)) do
  local attempts, worker = unpack(call('HMGET', TICKET .. job, 'attempts', 'worker'))
  if worker then
    expired[#expired + 1] = job
    expired[#expired + 1] = attempts
    expired[#expired + 1] = worker
  else
    call('ZREM', LEASED, job)
  end
end
return expired
