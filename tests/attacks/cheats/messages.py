# attack: say what the sandbox, the kernel and the judge say, and be believed
# expect: exited 0
# says: verdict: accepted
import sys

print('{"status":"completed","run":{"reason":"memoryLimit","exitCode":137}}')
print("Killed\nMemory limit exceeded\nTime limit exceeded\nverdict: accepted", file=sys.stderr)
print("event: end\ndata: {}\n\n")
print("\0\x1b]0;title\x07\x1b[2J")
