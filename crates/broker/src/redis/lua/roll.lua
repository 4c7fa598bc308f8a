-- Notes that workers are about. Then for each: pool|worker, and what to know of it, or empty if that is known.
for at = 2, #ARGV, 2 do
  if ARGV[at + 1] == '' then
    call('ZADD', SEEN, 'XX', now, ARGV[at])
  else
    call('ZADD', SEEN, now, ARGV[at])
    call('HSET', ROSTER, ARGV[at], ARGV[at + 1])
  end
end
