-- Removes a waiting ticket, or signals the attempt that holds it to stop. ARGV[2]: job; 3: the encoded stop message.
-- Replies dequeued, signalled or unknown.
local job = ARGV[2]
local state, pool, priority, kind, lane, order, tag, flow =
  unpack(call('HMGET', TICKET .. job, 'state', 'pool', 'priority', 'kind', 'lane', 'order', 'turn', 'taker'))
if state == 'leased' then
  -- Even if the attempt has closed its inbox: its lease then expires, and the record contains the cancellation.
  send_message(job, 'stop', ARGV[3])
  return 'signalled'
end
if state ~= 'ready' and state ~= 'delayed' then
  return 'unknown'
end
call('ZREM', LANE .. lane, order .. job)
call('ZREM', DELAYED, job)
count_waiting(-1, job, pool, priority, kind)
call('DEL', TICKET .. job)
-- The start tag of a flow's last ticket is reused.
if call('ZSCORE', FLOW_TAGS .. pool, flow) == tag then
  if tonumber(tag) > 0 then
    call('ZADD', FLOW_TAGS .. pool, tag - 1, flow)
  else
    call('ZREM', FLOW_TAGS .. pool, flow)
  end
end
return 'dequeued'
