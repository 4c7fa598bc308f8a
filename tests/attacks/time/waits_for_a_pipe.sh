# attack: wait for a writer that never comes, deaf to all that asks it to end
# expect: wallLimit
# says: on
# limits: wallMs=2500
trap '' TERM INT HUP
echo on
mkfifo /tmp/pipe
cat /tmp/pipe
