// attack: knock at the doors through which kernels have been broken into
// expect: exited 0
// says: SYS_init_module, zeros, 1, ""): killed
#include "refused.h"
#include <sys/personality.h>
#include <sys/syscall.h>

int main(void) {
    char zeros[256] = {0};
    REFUSED(ENOSYS, syscall(SYS_io_uring_setup, 8, zeros));
    REFUSED(ENOSYS, syscall(SYS_userfaultfd, 0));
    REFUSED(ENOSYS, syscall(SYS_perf_event_open, zeros, 0, -1, -1, 0));
    REFUSED(EPERM, personality(ADDR_NO_RANDOMIZE));
    LETHAL(syscall(SYS_bpf, 0, zeros, sizeof zeros));
    LETHAL(syscall(SYS_open_by_handle_at, 0, zeros, 0));
    LETHAL(syscall(SYS_kexec_load, 0, 0, 0, 0));
    LETHAL(syscall(SYS_init_module, zeros, 1, ""));
}
