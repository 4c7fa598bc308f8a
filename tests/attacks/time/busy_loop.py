# attack: compute for ever
# expect: cpuLimit
# says: on
# limits: cpuMs=300 wallMs=20000
print("on", flush=True)
while True:
    pass
