-- Statistics. ARGV[2]: maximum age of a heartbeat; then the pools.
-- Replies the time, the number of dead letters, the counts, the submission time of the oldest ticket of each pool,
-- and the active workers.
local oldest = {}
for at = 3, #ARGV do
  oldest[#oldest + 1] = call('ZRANGE', WAITING_SINCE .. ARGV[at], 0, 0, 'WITHSCORES')[2] or ''
end
local seen = call('ZRANGEBYSCORE', HEARTBEATS, now - ARGV[2], '+inf')
local bodies = {}
-- Lua can unpack only some thousands of values at once.
for at = 1, #seen, 1000 do
  for _, body in ipairs(call('HMGET', OFFERS_OF_WORKERS, unpack(seen, at, math.min(at + 999, #seen)))) do
    bodies[#bodies + 1] = body
  end
end
return { now, call('ZCARD', DEAD), call('HGETALL', COUNTS), oldest, seen, bodies }
