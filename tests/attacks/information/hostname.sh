# attack: learn and change the machine's name
# expect: exited 0
# says: sandbox
# never says: planted
cat /proc/sys/kernel/hostname
echo planted > /proc/sys/kernel/hostname
cat /proc/sys/kernel/hostname
