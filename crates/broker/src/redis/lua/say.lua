-- Says something to the attempt that runs a job. ARGV[2]: job; 3: room, or 'stop'; 4: the message.
return say(ARGV[2], ARGV[3], ARGV[4])
