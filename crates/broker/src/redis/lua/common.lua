-- What all scripts begin with. KEYS[1] is the root of every key: it holds the hash tag, so all keys are in one slot.
-- ARGV[1] is the time in milliseconds, or empty for that of this server.
--
-- A ticket is a hash. `state` is ready, delayed, leased or dead; it is then in its lane, or in the set of that name.
--
-- A lane is named pool|priority|language|filing. The filing is empty for tickets that take any version. Else it is '@' and
-- the first and the last version, of those that workers offer, that will do; or '@' alone while none will. Versions are
-- three numbers of twenty digits, which sort as text. (Before, the filing was the requirement as its client wrote it.)
local root = KEYS[1]
local TICKET, LANE, INBOX = root .. ':ticket:', root .. ':lane:', root .. ':inbox:'
local LANES, LANES_VERSION = root .. ':lanes', root .. ':lanes:version'
local DELAYED, LEASED, DEAD, DEATHS = root .. ':delayed', root .. ':leased', root .. ':dead', root .. ':deaths'
local COUNTS, SINCE = root .. ':counts', root .. ':since:'
local TURN, TURNS = root .. ':turn', root .. ':turns:'
local SEEN, ROSTER, OFFERED = root .. ':seen', root .. ':roster', root .. ':offered:'
local EVENTS, LOG, FINISHED = root .. ':events:', root .. ':log:', root .. ':finished'
local call = redis.call

local now = tonumber(ARGV[1])
if not now then
  local time = call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Counts a ticket as waiting (by = 1), or no longer (by = -1).
local function count_waiting(by, job, pool, priority, kind, since)
  call('HINCRBY', COUNTS, 'waiting|' .. pool .. '|' .. priority, by)
  call('HINCRBY', COUNTS, 'kind|' .. kind, by)
  if by > 0 then
    call('ZADD', SINCE .. pool, since, job)
  else
    call('ZREM', SINCE .. pool, job)
  end
end

-- The lane of a ticket that is in this one, or was, and wants versions from a first one on and before another: both in one text.
local function filed(lane, wants)
  local first, past = string.sub(wants, 1, 60), string.sub(wants, 61)
  local base, language = string.match(lane, '^([^|]*|[^|]*|(.*)|@)')
  local least, most
  for _, version in ipairs(call('ZRANGE', OFFERED .. language, 0, -1)) do
    if first <= version and version < past then
      if not least or version < least then
        least = version
      end
      if not most or version > most then
        most = version
      end
    end
  end
  return least and base .. least .. '-' .. most or base
end

-- Puts a ready ticket in its lane. Whoever waits has found all its lanes empty, so only the first has to be told of.
-- `wants` is missing for a ticket that takes any version.
local function line_up(job, lane, order, wants)
  if wants then
    lane = filed(lane, wants)
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

-- Makes ready what has been delayed long enough.
local function let_through(most)
  for _, job in ipairs(call('ZRANGEBYSCORE', DELAYED, '-inf', now, 'LIMIT', 0, most)) do
    local lane, order, wants = unpack(call('HMGET', TICKET .. job, 'lane', 'order', 'wants'))
    call('ZREM', DELAYED, job)
    if lane then
      call('HSET', TICKET .. job, 'state', 'ready')
      line_up(job, lane, order, wants)
    end
  end
end

-- How many of the pool are claimed before this order, and one.
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

-- Takes the lease off a ticket that has one, with all that was said to the attempt.
local function release(job)
  local pool, said, attempts = unpack(call('HMGET', TICKET .. job, 'pool', 'said', 'attempts'))
  call('ZREM', LEASED, job)
  call('HINCRBY', COUNTS, 'running|' .. pool, -1)
  if said then
    call('DEL', INBOX .. job .. ':' .. attempts)
  end
  call('HDEL', TICKET .. job, 'worker', 'holder', 'said', 'stopped', 'deaf')
end
