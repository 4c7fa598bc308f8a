-- Sends a message to the running attempt of a job. ARGV[2]: job; 3: room, or 'stop'; 4: the message.
return send_message(ARGV[2], ARGV[3], ARGV[4])
