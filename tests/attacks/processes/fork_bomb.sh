# attack: the bomb that everybody knows
# expect: processLimit
# says: on
# limits: processes=20
echo on
:() { : | : & }
:
wait
sleep 60
