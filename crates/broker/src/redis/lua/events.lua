-- Deletes the events of a finished job and subtracts their size.
local function forget_events(job)
  local bytes = tonumber(call('HGET', FINISHED .. ':bytes', job)) or 0
  call('DEL', EVENTS .. job, LOG .. job)
  call('ZREM', FINISHED, job)
  call('HDEL', FINISHED .. ':bytes', job)
  call('DECRBY', FINISHED .. ':weight', bytes)
end
