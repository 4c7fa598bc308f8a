-- Enqueues tickets. ARGV[2]: limit of waiting tickets of a kind, or empty. Then for each ticket: job, kind, pool,
-- priority, the priority as a digit, its priority offset, lane, its version bounds or empty, flow, time of
-- submission, attempts begun, body.
-- Replies for each its position (0: it exists and does not wait), or -1 - waiting if the queue is full.
local max = tonumber(ARGV[2])

local function tag_of(pool, flow)
  local at = tonumber(call('HGET', VIRTUAL_TIME, pool)) or 0
  local last = tonumber(call('ZSCORE', FLOW_TAGS .. pool, flow))
  local tag = at
  if last and last + 1 > at then
    tag = last + 1
  end
  call('ZADD', FLOW_TAGS .. pool, tag, flow)
  return tag
end

local function enqueue_again(job, state, attempts, begun)
  if state ~= 'leased' and tonumber(begun) > tonumber(attempts) then
    call('HSET', TICKET .. job, 'attempts', begun)
  end
  if state == 'leased' or state == 'dead' then
    return 0
  end
  local pool, order = unpack(call('HMGET', TICKET .. job, 'pool', 'order'))
  return position(pool, order)
end

local function enqueue(job, kind, pool, priority, digit, offset, lane, wants, flow, since, begun, body)
  local state, attempts = unpack(call('HMGET', TICKET .. job, 'state', 'attempts'))
  if state then
    return enqueue_again(job, state, attempts, begun)
  end
  local waiting = tonumber(call('HGET', COUNTS, 'kind|' .. kind)) or 0
  if max and waiting >= max then
    return -1 - waiting
  end
  local tag, place = tag_of(pool, flow), call('INCR', root .. ':place')
  -- Fixed width, so that it sorts as text: effective tag, priority, arrival.
  local order = string.format('%016.0f%s%016.0f', tag + offset, digit, place)
  call('HSET', TICKET .. job, 'state', 'ready', 'kind', kind, 'pool', pool, 'priority', priority, 'lane', lane,
    'taker', flow, 'since', since, 'turn', tag, 'order', order, 'attempts', begun, 'failures', 0, 'body', body)
  if wants == '' then
    wants = nil
  else
    call('HSET', TICKET .. job, 'wants', wants)
  end
  count_waiting(1, job, pool, priority, kind, since)
  push_ready(job, lane, order, wants)
  return position(pool, order)
end

local answers = {}
for at = 3, #ARGV, 12 do
  answers[#answers + 1] = enqueue(unpack(ARGV, at, at + 11))
end
return answers
