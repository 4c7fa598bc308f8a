-- Marks the inbox of an attempt as closed. ARGV[2..4]: job, number, worker.
if holds(ARGV[2], ARGV[3], ARGV[4]) then
  call('HSET', TICKET .. ARGV[2], 'deaf', 1)
  call('DEL', INBOX .. ARGV[2] .. ':' .. ARGV[3])
end
