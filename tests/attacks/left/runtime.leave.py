# attack: change in the runtime what the next program of the same template could share
# expect: exited 0
# says: left
import builtins, ctypes, gc, json, os, random, resource, signal, sys

builtins.print_left = sys.left = os.left = json.left = True
sys.path.insert(0, "/tmp/left")
sys.modules["left"] = sys
sys.setrecursionlimit(123)
os.environ["LEFT"] = "left"
os.umask(0o777)
os.chdir("/tmp")
random.seed(42)
gc.disable()
signal.signal(signal.SIGUSR1, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_NOFILE, (10, 10))
# A small number is one object in the whole runtime: this makes 7 an 8, in shared memory if there were any.
ctypes.memmove(id(257 - 250) + 24, id(8) + 24, 4)
sys.stdout.write("left\n")
sys.stdout.flush()
os._exit(0)
