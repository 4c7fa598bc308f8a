// attack: knock at the doors through which kernels have been broken into
// expect: exited 0
// says: SYS_init_module
#include "refused.h"
#include <sys/personality.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void) {
    char zeros[256] = {0};
    REFUSED(ENOSYS, syscall(SYS_io_uring_setup, 8, zeros));
    REFUSED(EPERM, syscall(SYS_userfaultfd, 0));
    REFUSED(EPERM, syscall(SYS_perf_event_open, zeros, 0, -1, -1, 0));
    REFUSED(EPERM, syscall(SYS_bpf, 0, zeros, sizeof zeros));
    REFUSED(EPERM, syscall(SYS_open_by_handle_at, 0, zeros, 0));
    REFUSED(EPERM, personality(ADDR_NO_RANDOMIZE));
    REFUSED(EPERM, syscall(SYS_kexec_load, 0, 0, 0, 0));
    REFUSED(EPERM, syscall(SYS_init_module, zeros, 1, ""));
}
