-- Puts tickets in. ARGV[2]: how many of a kind may wait, or empty. Then for each ticket: job, kind, pool, priority, the
-- priority as a digit, for how many turns it gives way, lane, the versions it wants or empty, taker, since, attempts begun,
-- the rest.
-- For each answers its position (0: it is there and does not wait), or less than 0 if the queue is full: -1 - waiting.
local most = tonumber(ARGV[2])

local function turn_of(pool, taker)
  local at = tonumber(call('HGET', TURN, pool)) or 0
  local last = tonumber(call('ZSCORE', TURNS .. pool, taker))
  local turn = at
  if last and last + 1 > at then
    turn = last + 1
  end
  call('ZADD', TURNS .. pool, turn, taker)
  return turn
end

local function again(job, state, attempts, begun)
  if state ~= 'leased' and tonumber(begun) > tonumber(attempts) then
    call('HSET', TICKET .. job, 'attempts', begun)
  end
  if state == 'leased' or state == 'dead' then
    return 0
  end
  local pool, order = unpack(call('HMGET', TICKET .. job, 'pool', 'order'))
  return position(pool, order)
end

local function enqueue(job, kind, pool, priority, digit, gives_way, lane, wants, taker, since, begun, body)
  local state, attempts = unpack(call('HMGET', TICKET .. job, 'state', 'attempts'))
  if state then
    return again(job, state, attempts, begun)
  end
  local waiting = tonumber(call('HGET', COUNTS, 'kind|' .. kind)) or 0
  if most and waiting >= most then
    return -1 - waiting
  end
  local turn, place = turn_of(pool, taker), call('INCR', root .. ':place')
  -- Of fixed width, so that it sorts as text: when it is due, how urgent it is, when it came.
  local order = string.format('%016.0f%s%016.0f', turn + gives_way, digit, place)
  call('HSET', TICKET .. job, 'state', 'ready', 'kind', kind, 'pool', pool, 'priority', priority, 'lane', lane,
    'taker', taker, 'since', since, 'turn', turn, 'order', order, 'attempts', begun, 'failures', 0, 'body', body)
  if wants == '' then
    wants = nil
  else
    call('HSET', TICKET .. job, 'wants', wants)
  end
  count_waiting(1, job, pool, priority, kind, since)
  line_up(job, lane, order, wants)
  return position(pool, order)
end

local answers = {}
for at = 3, #ARGV, 12 do
  answers[#answers + 1] = enqueue(unpack(ARGV, at, at + 11))
end
return answers
