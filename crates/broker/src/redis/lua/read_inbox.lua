-- Messages in an inbox. ARGV[2]: job; 3: attempt; 4: the first unread id; 5: maximum number.
local inbox = INBOX .. ARGV[2] .. ':' .. ARGV[3]
call('XTRIM', inbox, 'MINID', ARGV[4])
return call('XRANGE', inbox, '-', '+', 'COUNT', ARGV[5])
