-- The position of a ticket. ARGV[2]: job. Replies 0 if it does not wait.
local state, pool, order = unpack(call('HMGET', TICKET .. ARGV[2], 'state', 'pool', 'order'))
if state == 'ready' or state == 'delayed' then
  return position(pool, order)
end
return 0
