# attack: wait for a signal that never comes
# expect: wallLimit
# limits: wallMs=2500
import signal

signal.pause()
