"""What has to be one atomic step in Redis, as Lua.

All keys begin with ``idmock:``; each script names in its first line what its arguments are. Scripts that touch keys
which are not passed to them (a version, a prefix) bind the state to one Redis: a cluster is not supported.
"""

from __future__ import annotations

PREFIX = "idmock:"

#: Versions are the time in microseconds, so that one that was seen never comes back, whatever was forgotten meanwhile.
_TOUCH = """
local function touch(kind)
  local time = redis.call('TIME')
  local version = time[1] * 1000000 + time[2]
  local last = tonumber(redis.call('HGET', 'idmock:versions', kind) or '0')
  if version <= last then version = last + 1 end
  redis.call('HSET', 'idmock:versions', kind, string.format('%.0f', version))
end
"""

#: A text as a pattern that matches only itself.
_LITERAL = """
local function literal(text)
  return (string.gsub(text, '[%*%?%[%]%^%-\\\\]', '\\\\%0'))
end
"""

#: All keys that match, without the limit of a single SCAN.
_KEYS = """
local function keys_of(pattern)
  local found, cursor = {}, '0'
  repeat
    local page = redis.call('SCAN', cursor, 'MATCH', pattern, 'COUNT', 1000)
    cursor = page[1]
    for _, key in ipairs(page[2]) do found[#found + 1] = key end
  until cursor == '0'
  return found
end
"""

COUNT_IN_WINDOW = """-- hash of windows; window, windows to remember, seconds to keep the hash
local count = redis.call('HINCRBY', KEYS[1], ARGV[1], 1)
if count == 1 then
  redis.call('EXPIRE', KEYS[1], ARGV[3])
  local windows = redis.call('HKEYS', KEYS[1])
  if #windows > tonumber(ARGV[2]) then
    local farthest, distance = nil, -1
    for _, window in ipairs(windows) do
      local away = math.abs(window - ARGV[1])
      if away > distance then farthest, distance = window, away end
    end
    redis.call('HDEL', KEYS[1], farthest)
  end
end
return count
"""

TAKE_CALL = """-- hash of calls taken; key, calls in all
if tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0') >= tonumber(ARGV[2]) then return 0 end
redis.call('HINCRBY', KEYS[1], ARGV[1], 1)
return 1
"""

GIVE_CALL_BACK = """-- hash of calls taken; key
if tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0') > 0 then
  redis.call('HINCRBY', KEYS[1], ARGV[1], -1)
end
return 1
"""

ENTER = """-- sorted set of tokens by their end in ms; limit, token, lease in ms
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[2])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return 1
"""

FIRST_USE = """-- one value seen; now, until, seconds to keep it
local seen = redis.call('GET', KEYS[1])
if seen and tonumber(seen) > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1
"""

ADD_FAILURE = (
    _TOUCH
    + """-- hash of "count until"; key, now, until
local count, ends = string.match(redis.call('HGET', KEYS[1], ARGV[1]) or '0 0', '(%S+) (%S+)')
count = tonumber(ends) > tonumber(ARGV[2]) and count + 1 or 1
redis.call('HSET', KEYS[1], ARGV[1], string.format('%d', count) .. ' ' .. ARGV[3])
touch('failures')
return count
"""
)

END_FAILURES = (
    _TOUCH
    + """-- hash of "count until"; key
if redis.call('HDEL', KEYS[1], ARGV[1]) == 1 then touch('failures') end
return 1
"""
)

FORGET = (
    _TOUCH
    + _LITERAL
    + _KEYS
    + """-- hashes whose fields are keys of counts; prefix of those keys
for _, hash in ipairs(KEYS) do
  for _, field in ipairs(redis.call('HKEYS', hash)) do
    if string.sub(field, 1, #ARGV[1]) == ARGV[1] then redis.call('HDEL', hash, field) end
  end
end
for _, key in ipairs(keys_of('idmock:window:' .. literal(ARGV[1]) .. '*')) do redis.call('UNLINK', key) end
touch('failures')
return 1
"""
)

PUT = (
    _TOUCH
    + """-- hash of documents; kind, key, JSON
local old = redis.call('HGET', KEYS[1], ARGV[2])
local place = old and string.match(old, '^%d+') or redis.call('INCR', 'idmock:places')
redis.call('HSET', KEYS[1], ARGV[2], place .. ' ' .. ARGV[3])
touch(ARGV[1])
return 1
"""
)

DELETE = (
    _TOUCH
    + """-- hash of documents; kind, key
if redis.call('HDEL', KEYS[1], ARGV[2]) == 0 then return 0 end
touch(ARGV[1])
return 1
"""
)

APPEND = """-- ids, texts, bytes, counts; id, JSON, labels, entries to hold, bytes to hold
redis.call('HINCRBY', KEYS[4], ARGV[3], 1)
redis.call('RPUSH', KEYS[1], ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
local size = redis.call('INCRBY', KEYS[3], #ARGV[2])
while redis.call('LLEN', KEYS[1]) > tonumber(ARGV[4]) or size > tonumber(ARGV[5]) do
  local oldest = redis.call('LPOP', KEYS[1])
  size = redis.call('DECRBY', KEYS[3], redis.call('HSTRLEN', KEYS[2], oldest))
  redis.call('HDEL', KEYS[2], oldest)
end
return 1
"""

CLEAR = """-- ids, texts, bytes, counts; vendor or '', account or ''
local function goes(vendor, account)
  return (ARGV[1] == '' or vendor == ARGV[1]) and (ARGV[2] == '' or account == ARGV[2])
end
for _, id in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  local text = redis.call('HGET', KEYS[2], id)
  local entry = cjson.decode(text)
  if goes(entry.vendor, entry.account) then
    redis.call('LREM', KEYS[1], 1, id)
    redis.call('HDEL', KEYS[2], id)
    redis.call('DECRBY', KEYS[3], #text)
  end
end
for _, field in ipairs(redis.call('HKEYS', KEYS[4])) do
  local labels = cjson.decode(field)
  if goes(labels[1], labels[2]) then redis.call('HDEL', KEYS[4], field) end
end
return 1
"""

RESET = (
    _TOUCH
    + _KEYS
    + """-- nothing; what stays begins with idmock:lease: or is idmock:versions
local kinds = redis.call('HKEYS', 'idmock:versions')
for _, key in ipairs(keys_of('idmock:*')) do
  if key ~= 'idmock:versions' and string.sub(key, 1, 13) ~= 'idmock:lease:' then redis.call('UNLINK', key) end
end
for _, kind in ipairs(kinds) do touch(kind) end
return 1
"""
)
