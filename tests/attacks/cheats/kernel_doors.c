// attack: knock at the doors through which kernels have been broken into
// expect: exited or forbiddenCall
// never says: BROKEN
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

static void knock(const char *name, long answer) {
    if (answer >= 0) printf("BROKEN: %s\n", name), fflush(stdout);
}

int main(void) {
    char zeros[256] = {0};
    knock("io_uring_setup", syscall(SYS_io_uring_setup, 8, zeros));
    knock("userfaultfd", syscall(SYS_userfaultfd, 0));
    knock("perf_event_open", syscall(SYS_perf_event_open, zeros, 0, -1, -1, 0));
    knock("bpf", syscall(SYS_bpf, 0, zeros, sizeof zeros));
    knock("open_by_handle_at", syscall(SYS_open_by_handle_at, 0, zeros, 0));
}
