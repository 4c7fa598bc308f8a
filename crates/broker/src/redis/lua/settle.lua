-- Deletes tickets. For each attempt: job, number, worker. Replies 1 for each that held its lease, or 0.
local answers = {}
for at = 2, #ARGV, 3 do
  local job, number, worker = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  local held = holds(job, number, worker)
  if held then
    release(job)
    call('DEL', TICKET .. job)
  end
  answers[#answers + 1] = held and 1 or 0
end
return answers
