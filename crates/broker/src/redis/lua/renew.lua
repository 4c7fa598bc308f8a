-- Extends leases. ARGV[2]: the lease in milliseconds; then for each attempt: job, number, worker. Replies 1 or 0 for
-- each.
local lease, answers = tonumber(ARGV[2]), {}
for at = 3, #ARGV, 3 do
  local job, number, worker = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  local held = holds(job, number, worker)
  if held then
    call('ZADD', LEASED, now + lease, job)
  end
  answers[#answers + 1] = held and 1 or 0
end
return answers
