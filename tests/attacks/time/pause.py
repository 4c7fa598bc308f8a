# attack: wait for a signal that never comes
# expect: wallLimit
# limits: wallMs=700
import signal

signal.pause()
