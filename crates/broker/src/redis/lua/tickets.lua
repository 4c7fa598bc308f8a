-- States of tickets. For each job its state, or empty.
local answers = {}
for at = 2, #ARGV do
  answers[#answers + 1] = call('HGET', TICKET .. ARGV[at], 'state') or ''
end
return answers
