# attack: compute for ever, twice at once
# expect: cpuLimit
# says: on
# limits: cpuMs=300 wallMs=20000
echo on
while :; do :; done &
while :; do :; done
