-- Appends an event to a job's log and publishes it. ARGV[2]: job; 3: its seq; 4: output, finished or other; 5: the
-- event; 6: byte limit of a log; 7: byte limit of all finished logs; 8: idle time in milliseconds after which a log
-- expires; 9: the same for a finished log.
local job, seq, sort, event = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local max, max_total = tonumber(ARGV[6]), tonumber(ARGV[7])
-- Approximate size of an event besides its text.
local OVERHEAD = 128
local log, stream = LOG .. job, EVENTS .. job
local last, bytes, finished = unpack(call('HMGET', log, 'last', 'bytes', 'finished'))
if finished then
  return
end
if last and tonumber(seq) <= tonumber(last) then
  if sort ~= 'finished' then
    -- From an attempt that lost its lease, or sent twice.
    return
  end
  -- Never dropped as late: a process that ends a job between attempts does not know the last seq.
  seq = string.format('%.0f', last + 1)
end

-- A stream id is two numbers above 0-0; the seq is the first of them.
call('XADD', stream, seq .. '-1', sort, event)
bytes = (tonumber(bytes) or 0) + OVERHEAD + #event

-- Above the limit the oldest output is deleted.
local from = '-'
while bytes > max do
  local entries = call('XRANGE', stream, from, '+', 'COUNT', 32)
  if #entries == 0 then
    break
  end
  for _, entry in ipairs(entries) do
    if entry[2][1] == 'output' and bytes > max then
      call('XDEL', stream, entry[1])
      bytes = bytes - OVERHEAD - #entry[2][2]
    end
    from = '(' .. entry[1]
  end
end

call('HSET', log, 'last', seq, 'bytes', bytes)
local idle = ARGV[8]
if sort == 'finished' then
  idle = ARGV[9]
  call('HSET', log, 'finished', 1)
  call('ZADD', FINISHED, now, job)
  call('HSET', FINISHED .. ':bytes', job, bytes)
  if call('INCRBY', FINISHED .. ':weight', bytes) > max_total then
    for _, oldest in ipairs(call('ZRANGE', FINISHED, 0, 7)) do
      if tonumber(call('GET', FINISHED .. ':weight')) > max_total then
        forget_events(oldest)
      end
    end
  end
end
call('PEXPIRE', log, idle)
call('PEXPIRE', stream, idle)
call('PUBLISH', root .. ':of:' .. job, seq .. ' ' .. event)
