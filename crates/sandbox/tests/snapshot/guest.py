"""Tells all that a program can learn of where it runs, or, told to, makes as much noise as it can.

Each line is a key, a tab and a value.
"""

import array
import ctypes
import errno
import os
import resource
import signal
import socket
import stat
import time

LIBC = ctypes.CDLL(None, use_errno=True)
WRITABLE = "/box", "/tmp", "/dev/shm"
# Its own memory, what names pieces of that by address, and what is the same again for each thread.
LEFT_OUT = "/proc/self/mem", "/proc/self/pagemap", "/proc/self/map_files", "/proc/self/task"


def say(key, value):
    print(key, repr(value), sep="\t")


def tried(key, attempt, *arguments):
    """What comes of it: a value, or the name of an errno."""
    try:
        value = attempt(*arguments)
    except OSError as error:
        value = errno.errorcode.get(error.errno, error.errno)
    say(key, value)


def content(path):
    file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        text = b""
        while piece := os.read(file, 1 << 16):
            text += piece
    finally:
        os.close(file)
    return text.decode(errors="replace")


def tell_file(path):
    if path != "/proc/self/status":
        tried("file " + path, content, path)
        return
    for line in content(path).splitlines():
        name, _, value = line.partition(":")
        say(f"file {path} {name}", value.strip())


def tell_folder(path):
    try:
        names = sorted(os.listdir(path))
    except OSError as error:
        say("list " + path, errno.errorcode[error.errno])
        return
    say("list " + path, names)
    for name in names:
        below = f"{path}/{name}"
        # Processes are met as /proc/self; descriptors below 3 are told of apart, and the last is that of the list.
        if below in LEFT_OUT or path == "/proc" and name.isdigit() or path in ("/proc/self/fd", "/proc/self/fdinfo"):
            continue
        kind = os.lstat(below).st_mode
        if stat.S_ISLNK(kind):
            tried("link " + below, os.readlink, below)
        elif stat.S_ISDIR(kind):
            tell_folder(below)
        else:
            tell_file(below)


def tell_stat(path):
    found = os.stat(path)
    for name in ("mode", "ino", "dev", "nlink", "uid", "gid", "size", "atime_ns", "mtime_ns", "ctime_ns"):
        say(f"stat {path} {name}", getattr(found, "st_" + name))
    space = os.statvfs(path)
    for name in ("bsize", "blocks", "bfree", "bavail", "files", "ffree", "favail", "flag", "fsid"):
        say(f"statvfs {path} {name}", getattr(space, "f_" + name))


def tell_machine():
    for path in "/usr", "/dev/null":
        space = os.statvfs(path)
        for name in ("bsize", "blocks", "bfree", "bavail", "files", "ffree", "flag", "fsid"):
            say(f"statvfs {path} {name}", getattr(space, "f_" + name))
        found = os.stat(path)
        for name in ("mode", "ino", "dev", "nlink", "uid", "gid", "atime_ns", "mtime_ns", "ctime_ns"):
            say(f"host's {path} {name}", getattr(found, "st_" + name))
    # sysinfo: seconds since the start, loads, memory, number of processes.
    figures = (ctypes.c_ulong * 14)()
    called(99, figures)
    say("sysinfo", list(figures))
    say("rights", [called(125, (ctypes.c_uint * 2)(0x20080522, 0), (ctypes.c_uint * 6)())])
    tried("priority", os.getpriority, os.PRIO_PROCESS, 0)
    tried("priority of process 1", os.getpriority, os.PRIO_PROCESS, 1)
    tried("processors of process 1", lambda: sorted(os.sched_getaffinity(1)))


def number_of_new_file(path):
    file = os.open(path, os.O_TMPFILE | os.O_RDWR)
    try:
        return os.fstat(file).st_ino
    finally:
        os.close(file)


def port():
    with socket.socket() as own:
        own.bind(("127.0.0.1", 0))
        return own.getsockname()[1]


def tell_sockets():
    for family in socket.AF_INET, socket.AF_INET6:
        for kind in socket.SOCK_STREAM, socket.SOCK_DGRAM:
            tried(f"socket {family.name} {kind.name}", lambda: socket.socket(family, kind).close())
            for host in ("127.0.0.1", "10.0.0.1") if family == socket.AF_INET else ("::1", "fe80::1"):

                def connect():
                    with socket.socket(family, kind) as own:
                        own.settimeout(1)
                        own.connect((host, 9))

                tried(f"connect {host} {kind.name}", connect)
    tried("port", port)
    for name in "left", "left too":
        tried(f"abstract name {name}", lambda: socket.socket(socket.AF_UNIX).bind("\0" + name))
    for kind in socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET:
        with socket.socket(socket.AF_UNIX, kind) as own:
            for option in socket.SO_SNDBUF, socket.SO_RCVBUF, socket.SO_ERROR, socket.SO_PEERCRED:
                tried(f"option {kind.name} {option}", own.getsockopt, socket.SOL_SOCKET, option)
    with socket.socket(socket.AF_UNIX) as own:
        say("inode of socket", os.fstat(own.fileno()).st_ino)


def tell_ipc():
    # semget, msgget, shmget: the next number of each, and what is there by name.
    for name, call, arguments in ("semget", 64, (1, 0o1600)), ("msgget", 68, (0o1600,)), ("shmget", 29, (4096, 0o1600)):
        tried("next " + name, called, call, 0, *arguments)
        tried("left by " + name, called, call, 77, *[0] * len(arguments))
    tried("left queue", called, 240, b"left", 0, 0, None)


def called(number, *arguments):
    result = LIBC.syscall(number, *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), number)
    return result


def timer():
    number = ctypes.c_int(-1)
    called(222, 0, None, ctypes.byref(number))
    return number.value


def tell_clocks():
    for name in dir(time):
        if name.startswith("CLOCK_"):
            tried("clock " + name, time.clock_gettime_ns, getattr(time, name))
            tried("resolution " + name, time.clock_getres, getattr(time, name))


def tell_self():
    say("environment", sorted(os.environ.items()))
    say("arguments", os.sys.argv)
    for name in ("getpid", "getppid", "getpgrp", "getuid", "geteuid", "getgid", "getegid", "getgroups", "getcwd", "uname"):
        say(name, getattr(os, name)())
    say("session", os.getsid(0))
    say("umask", os.umask(0o022))
    say("processors", sorted(os.sched_getaffinity(0)))
    say("policy", (os.sched_getscheduler(0), os.sched_getparam(0).sched_priority))
    say("timer slack", LIBC.prctl(30))
    say("signals ignored", [number.name for number in signal.Signals if signal.getsignal(number) == signal.SIG_IGN])
    say("signals blocked", sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])))
    say("signals pending", sorted(signal.sigpending()))
    for name in sorted(vars(resource)):
        if name.startswith("RLIMIT_"):
            say("limit " + name, resource.getrlimit(getattr(resource, name)))
    for number in range(16):
        try:
            found = os.fstat(number)
        except OSError:
            continue
        say(f"descriptor {number}", (stat.S_IFMT(found.st_mode), os.readlink(f"/proc/self/fd/{number}").split(":")[0]))
        say(f"inode of descriptor {number}", found.st_ino)
        say(f"flags of descriptor {number}", content(f"/proc/self/fdinfo/{number}").split("mnt_id")[0])
    child = os.fork()
    if not child:
        os._exit(0)
    os.waitpid(child, 0)
    say("next process", child)
    tried("next timer", timer)
    tried("inode of memfd", lambda: os.fstat(os.memfd_create("x")).st_ino)
    say("inode of pipe", os.fstat(os.pipe()[0]).st_ino)


def look():
    # Of what changes with it, first.
    tell_self()
    tell_folder("/proc")
    tell_folder("/proc/self")
    tell_folder("/proc/self/net")
    for path in "/", "/proc", *WRITABLE:
        tell_stat(path)
    for path in WRITABLE:
        say("list " + path, sorted(os.listdir(path)))
        tried("number of a new file in " + path, number_of_new_file, path)
    for path in "/sys", "/etc", "/dev", "/run", "/root", "/var", "/home":
        tried("list " + path, lambda: sorted(os.listdir(path)))
    tell_machine()
    tell_sockets()
    tell_ipc()
    tell_clocks()


def anyhow(attempt, *arguments):
    """Makes the attempt, whatever comes of it: noise need not succeed."""
    try:
        return attempt(*arguments)
    except (OSError, ValueError):
        return None


def leave_sockets():
    held = []
    for name in "left", "left too":
        # Each in flight to itself, so that the kernel must find out that nobody can reach it.
        own = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        own.bind("\0" + name)
        own.connect("\0" + name)
        anyhow(socket.send_fds, own, [b"x"], [own.fileno(), 1])
        held.append(own)
    for family, host in (socket.AF_INET, "127.0.0.1"), (socket.AF_INET, "10.0.0.1"), (socket.AF_INET6, "::1"):
        for kind in socket.SOCK_STREAM, socket.SOCK_DGRAM:
            for _ in range(37):
                if own := anyhow(socket.socket, family, kind):
                    own.settimeout(0.01)
                    anyhow(own.bind, (host, 0))
                    anyhow(own.connect, (host, 9))
                    anyhow(own.send, b"x")
                    own.close()


def leave_objects():
    for key in 0, 77:
        called_anyhow(64, key, 3, 0o1600), called_anyhow(68, key, 0o1600), called_anyhow(29, key, 4096, 0o1600)
    attributes = (ctypes.c_long * 8)(0, 1, 16)
    called_anyhow(240, b"left", 0o102, 0o600, ctypes.byref(attributes))
    for _ in range(5):
        anyhow(timer)
    for number in range(20):
        anyhow(os.memfd_create, "x")
        os.pipe()


def called_anyhow(*arguments):
    anyhow(called, *arguments)


def leave_files():
    os.umask(0)
    for path in WRITABLE:
        for number in range(50):
            with open(f"{path}/left{number}", "wb") as file:
                file.write(bytes(5000))
        anyhow(os.chmod, path, 0o777)
        anyhow(os.utime, path, (1, 1))
        for number in range(25):
            os.unlink(f"{path}/left{number}")
    os.makedirs("/box/a/b/c")


def leave_processes():
    for _ in range(30):
        if not os.fork():
            os._exit(0)
    for _ in range(3):
        if not os.fork():
            os.setsid()
            time.sleep(60)


def make_noise():
    # Two processors are enough to choose one.
    anyhow(os.sched_setaffinity, 0, [min(os.sched_getaffinity(0))])
    anyhow(os.nice, 7)
    for name in vars(resource):
        if name.startswith("RLIMIT_") and name != "RLIMIT_NPROC" and name != "RLIMIT_NOFILE":
            soft, hard = resource.getrlimit(getattr(resource, name))
            anyhow(resource.setrlimit, getattr(resource, name), (soft, hard))
    LIBC.prctl(29, 1), LIBC.prctl(36, 1)
    leave_files()
    leave_sockets()
    leave_objects()
    signal.pthread_sigmask(signal.SIG_BLOCK, [40])
    for _ in range(10):
        os.kill(os.getpid(), 40)
    leave_processes()
    memory = array.array("b", bytes(20 << 20))
    print("noise of", len(memory), "bytes")


if input() == "look":
    look()
else:
    make_noise()
