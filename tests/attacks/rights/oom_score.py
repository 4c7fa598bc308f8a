# attack: have somebody else killed when memory runs out
# expect: exited 0
# says: 1/oom_score_adj
import os
from refused import refused

def write(name):
    with open(name, "w") as file:
        file.write("-1000")

refused("EACCES", write, "/proc/self/oom_score_adj")
refused("ENOENT", write, "/proc/1/oom_score_adj")
