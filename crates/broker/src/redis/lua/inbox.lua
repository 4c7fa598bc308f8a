-- Puts a message in the inbox of the running attempt of a job: a stream, with a notification to the process that
-- reads it. `room` is the limit of waiting messages, or 'stop' for the one that ignores the limit and is sent once.
-- Replies gone, full or said.
local function send_message(job, room, message)
  local state, attempts, holder, stopped, inbox_closed =
    unpack(call('HMGET', TICKET .. job, 'state', 'attempts', 'holder', 'stopped', 'deaf'))
  if state ~= 'leased' or inbox_closed then
    return 'gone'
  end
  local inbox = INBOX .. job .. ':' .. attempts
  if room == 'stop' then
    if stopped then
      return 'said'
    end
    call('HSET', TICKET .. job, 'stopped', 1)
  elseif call('XLEN', inbox) >= tonumber(room) then
    return 'full'
  end
  call('XADD', inbox, '*', 'm', message)
  call('HSET', TICKET .. job, 'said', 1)
  call('PUBLISH', root .. ':to:' .. holder, job .. ' ' .. attempts)
  return 'said'
end
