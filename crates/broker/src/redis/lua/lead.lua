-- Makes a process the leader, or extends its term. ARGV[2]: the process; 3: the term in milliseconds, or 0 to end it.
-- Replies 1 if it is the leader now, or 0.
local leader, process, term = root .. ':leader', ARGV[2], tonumber(ARGV[3])
local by, ends = unpack(call('HMGET', leader, 'by', 'until'))
-- A term that ends later than possible was started with another clock.
if by and by ~= process and tonumber(ends) > now and tonumber(ends) <= now + term then
  return 0
end
if term == 0 then
  if by == process then
    call('DEL', leader)
  end
  return 0
end
call('HSET', leader, 'by', process, 'until', now + term)
return 1
