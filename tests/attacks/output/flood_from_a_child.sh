# attack: have children write without end
# expect: outputLimit
# says: on
# limits: outputBytes=10000
echo on
(yes | cat) &
wait
