# attack: wait for nothing at all
# expect: wallLimit
# limits: wallMs=700
import select

select.select([], [], [])
