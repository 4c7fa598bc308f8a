# attack: wait for nothing at all
# expect: wallLimit
# limits: wallMs=2500
import select

select.select([], [], [])
