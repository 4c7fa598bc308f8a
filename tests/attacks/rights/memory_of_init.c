// attack: read and write init's memory, and take its descriptors
// expect: exited 0
// says: SYS_pidfd_getfd, -1, 3, 0): killed
#define _GNU_SOURCE
#include "refused.h"
#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>

int main(void) {
    char bytes[64];
    struct iovec here = {bytes, sizeof bytes}, there = {(void *)0x400000, sizeof bytes};
    REFUSED(ENOENT, open("/proc/1/mem", O_RDWR));
    LETHAL(ptrace(PTRACE_SEIZE, 1, 0, 0));
    LETHAL(process_vm_readv(1, &here, 1, &there, 1, 0));
    LETHAL(process_vm_writev(1, &here, 1, &there, 1, 0));
    REFUSED(ENOSYS, syscall(SYS_pidfd_open, 1, 0));
    LETHAL(syscall(SYS_pidfd_getfd, -1, 3, 0));
}
