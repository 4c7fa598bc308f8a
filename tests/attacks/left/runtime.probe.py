# attack: find what the program before changed in the runtime
# expect: exited 0
# says: nothing
import builtins, gc, json, os, resource, signal, sys

umask = os.umask(0o22)
found = {
    "modules": any(hasattr(module, name) for module in [builtins, sys, os, json] for name in ["left", "print_left"]),
    "path": "/tmp/left" in sys.path or "left" in sys.modules,
    "recursion": sys.getrecursionlimit() == 123,
    "environment": "LEFT" in os.environ,
    "umask": umask == 0o777,
    "folder": os.getcwd() == "/tmp",
    "collector": not gc.isenabled(),
    "signals": signal.getsignal(signal.SIGUSR1) == signal.SIG_IGN,
    "limits": resource.getrlimit(resource.RLIMIT_NOFILE)[0] <= 10,
    "numbers": 3 + int("4") != int("7") or str(int("7")) != "7",
}
print([f"BROKEN: {name}" for name, is_found in found.items() if is_found] or "nothing")
