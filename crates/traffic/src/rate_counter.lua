-- Rate counter in Redis, the same as rate_counter.rs: decides about a request by all rules at once, and counts it if
-- all admit it.
--
-- KEYS[1]  the caller's counts: a hash with a field for each rule
-- ARGV[1]  the time in milliseconds, or '' for the server's own
-- ARGV[2]  number of parts of a window
-- then for each rule: its field, its limit, and for a window ('w…') the length of a part and of the whole in milliseconds,
-- for a burst ('b') its interval and '0', in microseconds
--
-- Returns 1 if admitted, else 0, and then for each rule the remaining requests and the milliseconds until they grow.

local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local PARTS = tonumber(ARGV[2])

local rules, fields = {}, {}
for at = 3, #ARGV, 4 do
  fields[#fields + 1] = ARGV[at]
  rules[#rules + 1] = {
    field = ARGV[at], limit = tonumber(ARGV[at + 1]), step = tonumber(ARGV[at + 2]), length = tonumber(ARGV[at + 3]),
  }
end
local stored = redis.call('HMGET', KEYS[1], unpack(fields))

-- Decodes the state of a rule, drops old parts, and moves parts in the future to the current part.
local function decode(rule, text)
  if rule.field == 'b' then
    local from, fill = now * 1000, rule.limit * rule.step
    local full_at = tonumber(text or '0')
    rule.changed = full_at > from + fill
    rule.full_at = math.min(math.max(full_at, from), from + fill)
    return
  end
  rule.current = math.floor(now / rule.step)
  rule.parts = {}
  for index, count in string.gmatch(text or '', '(%d+):(%d+)') do
    index, count = tonumber(index), tonumber(count)
    if index > rule.current then
      index, rule.changed = rule.current, true
    end
    if index < rule.current - PARTS then
      rule.changed = true
    else
      local last = rule.parts[#rule.parts]
      if last and last[1] == index then
        last[2] = last[2] + count
      else
        rule.parts[#rule.parts + 1] = { index, count }
      end
    end
  end
end

local function status(rule)
  if rule.field == 'b' then
    local fill = rule.limit * rule.step
    local missing = rule.full_at - now * 1000
    local remaining = math.floor((fill - missing) / rule.step)
    local next = fill
    if missing > 0 then next = (missing - 1) % rule.step + 1 end
    return remaining, math.floor((next + 999) / 1000)
  end
  local used, expired = 0, 0
  for _, part in ipairs(rule.parts) do used = used + part[2] end
  local over = math.max(used - rule.limit, 0)
  for _, part in ipairs(rule.parts) do
    expired = expired + part[2]
    if expired > over then
      return math.max(rule.limit - used, 0), (part[1] + PARTS + 1) * rule.step - now
    end
  end
  return rule.limit, rule.length
end

local function charge(rule)
  rule.changed = true
  if rule.field == 'b' then
    rule.full_at = rule.full_at + rule.step
    return
  end
  local last = rule.parts[#rule.parts]
  if last and last[1] == rule.current then
    last[2] = last[2] + 1
  else
    rule.parts[#rule.parts + 1] = { rule.current, 1 }
  end
end

local function encode(rule)
  if rule.field == 'b' then return string.format('%.0f', rule.full_at) end
  local parts = {}
  for n, part in ipairs(rule.parts) do parts[n] = string.format('%.0f:%.0f', part[1], part[2]) end
  return table.concat(parts, ',')
end

local admitted = 1
for n, rule in ipairs(rules) do
  decode(rule, stored[n])
  if status(rule) == 0 then admitted = 0 end
end

local changes, keep = {}, 0
for _, rule in ipairs(rules) do
  if admitted == 1 then charge(rule) end
  if rule.changed then
    changes[#changes + 1] = rule.field
    changes[#changes + 1] = encode(rule)
  end
  if rule.field == 'b' then
    keep = math.max(keep, math.ceil(rule.limit * rule.step / 1000))
  else
    keep = math.max(keep, (PARTS + 1) * rule.step)
  end
end
if #changes > 0 then
  redis.call('HSET', KEYS[1], unpack(changes))
  redis.call('PEXPIRE', KEYS[1], keep)
end

local reply = { admitted }
for _, rule in ipairs(rules) do
  local remaining, reset = status(rule)
  reply[#reply + 1] = remaining
  reply[#reply + 1] = reset
end
return reply
