# attack: have no memory because of the program before, and be ended for it or not even be started
# expect: exited 0
# says: 30000000
# limits: memoryBytes=33554432
head -c 30000000 /dev/zero | wc -c
