-- Common prelude of all scripts. KEYS[1] is the prefix of every key; it contains the hash tag, so all keys are in one
-- slot.
-- ARGV[1] is the time in milliseconds; empty: the time of this server.
--
-- A ticket is a hash. `state` is ready, delayed, leased or dead; accordingly it is in its lane, or in the set of that
-- name.
--
-- A lane is named pool|priority|language|bucket. The bucket is empty for tickets that accept every version. Otherwise
-- it is '@' followed by the first and the last offered version that are accepted, or '@' alone if none is. A version
-- is three numbers of twenty digits, which sort as text. (In earlier releases the bucket was the requirement as
-- written by the client.)
local root = KEYS[1]
local TICKET, LANE, INBOX = root .. ':ticket:', root .. ':lane:', root .. ':inbox:'
local LANES, LANES_VERSION = root .. ':lanes', root .. ':lanes:version'
local DELAYED, LEASED, DEAD, DEATHS = root .. ':delayed', root .. ':leased', root .. ':dead', root .. ':deaths'
local COUNTS, WAITING_SINCE = root .. ':counts', root .. ':since:'
local VIRTUAL_TIME, FLOW_TAGS = root .. ':turn', root .. ':turns:'
local HEARTBEATS, OFFERS_OF_WORKERS, OFFERED = root .. ':seen', root .. ':roster', root .. ':offered:'
local EVENTS, LOG, FINISHED = root .. ':events:', root .. ':log:', root .. ':finished'
local call = redis.call

local now = tonumber(ARGV[1])
if not now then
  local time = call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Counts a ticket as waiting (by = 1) or as no longer waiting (by = -1).
local function count_waiting(by, job, pool, priority, kind, since)
  call('HINCRBY', COUNTS, 'waiting|' .. pool .. '|' .. priority, by)
  call('HINCRBY', COUNTS, 'kind|' .. kind, by)
  if by > 0 then
    call('ZADD', WAITING_SINCE .. pool, since, job)
  else
    call('ZREM', WAITING_SINCE .. pool, job)
  end
end

-- The lane of a ticket, given its current lane and its version bounds: the first accepted version and the first one
-- after them, in one text.
local function bucket_lane(lane, wants)
  local first, past = string.sub(wants, 1, 60), string.sub(wants, 61)
  local base, language = string.match(lane, '^([^|]*|[^|]*|(.*)|@)')
  local least, max
  for _, version in ipairs(call('ZRANGE', OFFERED .. language, 0, -1)) do
    if first <= version and version < past then
      if not least or version < least then
        least = version
      end
      if not max or version > max then
        max = version
      end
    end
  end
  return least and base .. least .. '-' .. max or base
end

-- Puts a ready ticket in its lane. A waiting claim has found all its lanes empty, so only the first ticket of a lane
-- is announced.
-- `wants` is nil for a ticket that accepts every version.
local function push_ready(job, lane, order, wants)
  if wants then
    lane = bucket_lane(lane, wants)
    call('HSET', TICKET .. job, 'lane', lane)
  end
  if call('ZADD', LANES, now, lane) == 1 then
    call('INCR', LANES_VERSION)
  end
  call('ZADD', LANE .. lane, 0, order .. job)
  if call('ZCARD', LANE .. lane) == 1 then
    call('PUBLISH', root .. ':ready', lane)
  end
end

-- Makes delayed tickets ready that are due.
local function release_delayed(max)
  for _, job in ipairs(call('ZRANGEBYSCORE', DELAYED, '-inf', now, 'LIMIT', 0, max)) do
    local lane, order, wants = unpack(call('HMGET', TICKET .. job, 'lane', 'order', 'wants'))
    call('ZREM', DELAYED, job)
    if lane then
      call('HSET', TICKET .. job, 'state', 'ready')
      push_ready(job, lane, order, wants)
    end
  end
end

-- The position in the pool for this sort key (1 is next).
local function position(pool, order)
  local ahead = 0
  for _, lane in ipairs(call('ZRANGE', LANES, 0, -1)) do
    if string.sub(lane, 1, #pool + 1) == pool .. '|' then
      ahead = ahead + call('ZLEXCOUNT', LANE .. lane, '-', '(' .. order)
    end
  end
  return ahead + 1
end

-- Whether this attempt holds the lease.
local function holds(job, number, worker)
  local state, attempts, by = unpack(call('HMGET', TICKET .. job, 'state', 'attempts', 'worker'))
  return state == 'leased' and attempts == number and by == worker
end

-- Ends the lease of a ticket, and deletes the inbox of the attempt.
local function release(job)
  local pool, said, attempts = unpack(call('HMGET', TICKET .. job, 'pool', 'said', 'attempts'))
  call('ZREM', LEASED, job)
  call('HINCRBY', COUNTS, 'running|' .. pool, -1)
  if said then
    call('DEL', INBOX .. job .. ':' .. attempts)
  end
  call('HDEL', TICKET .. job, 'worker', 'holder', 'said', 'stopped', 'deaf')
end
