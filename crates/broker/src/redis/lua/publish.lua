-- Adds an event to a job's log and tells those who watch. ARGV[2]: job; 3: its place; 4: output, finished or other; 5: the
-- event; 6: how many bytes a log may take; 7: how many those of all finished jobs; 8: how long in milliseconds a log is
-- left alone before it goes by itself; 9: the same for one that has finished.
local job, seq, sort, event = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local most, most_in_all = tonumber(ARGV[6]), tonumber(ARGV[7])
-- What an event takes beside its text, roughly.
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
  -- Never too late: whoever ends a job that no attempt ended does not know how far the attempts had got.
  seq = string.format('%.0f', last + 1)
end

-- A stream's places are two numbers and above 0-0, so ours is the first of them.
call('XADD', stream, seq .. '-1', sort, event)
bytes = (tonumber(bytes) or 0) + OVERHEAD + #event

-- Beyond the cap the oldest output goes.
local from = '-'
while bytes > most do
  local entries = call('XRANGE', stream, from, '+', 'COUNT', 32)
  if #entries == 0 then
    break
  end
  for _, entry in ipairs(entries) do
    if entry[2][1] == 'output' and bytes > most then
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
  if call('INCRBY', FINISHED .. ':weight', bytes) > most_in_all then
    for _, oldest in ipairs(call('ZRANGE', FINISHED, 0, 7)) do
      if tonumber(call('GET', FINISHED .. ':weight')) > most_in_all then
        forget_events(oldest)
      end
    end
  end
end
call('PEXPIRE', log, idle)
call('PEXPIRE', stream, idle)
call('PUBLISH', root .. ':of:' .. job, seq .. ' ' .. event)
