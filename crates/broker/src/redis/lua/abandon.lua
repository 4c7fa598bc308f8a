-- Abandons an attempt. ARGV[2..4]: job, number, worker; 5: drained, fault, or expired (a fault, if the lease has
-- expired); then the delays in milliseconds after the first failure, the second and so on; there is none after the
-- last.
-- Replies requeued, dead or lost.
local job, number, worker, why = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
if not holds(job, number, worker) then
  return 'lost'
end
if why == 'expired' and tonumber(call('ZSCORE', LEASED, job)) > now then
  return 'lost'
end

local ticket = TICKET .. job
local pool, priority, kind, since, lane, order, wants =
  unpack(call('HMGET', ticket, 'pool', 'priority', 'kind', 'since', 'lane', 'order', 'wants'))
release(job)
if why == 'drained' then
  call('HSET', ticket, 'state', 'ready')
  count_waiting(1, job, pool, priority, kind, since)
  push_ready(job, lane, order, wants)
  return 'requeued'
end

local delay = ARGV[5 + call('HINCRBY', ticket, 'failures', 1)]
if delay then
  call('HSET', ticket, 'state', 'delayed')
  count_waiting(1, job, pool, priority, kind, since)
  call('ZADD', DELAYED, now + delay, job)
  return 'requeued'
end
call('HSET', ticket, 'state', 'dead')
call('ZADD', DEAD, now, job)
call('ZADD', DEATHS, call('INCR', root .. ':death'), job)
return 'dead'
