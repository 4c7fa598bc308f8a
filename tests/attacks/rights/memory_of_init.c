// attack: read and write init's memory
// expect: exited 0
// says: pidfd_getfd
#define _GNU_SOURCE
#include "refused.h"
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

int main(void) {
    char bytes[64];
    struct iovec here = {bytes, sizeof bytes}, there = {(void *)0x400000, sizeof bytes};
    REFUSED(EACCES, open("/proc/1/mem", O_RDWR));
    REFUSED(EPERM, process_vm_readv(1, &here, 1, &there, 1, 0));
    REFUSED(EPERM, process_vm_writev(1, &here, 1, &there, 1, 0));
    int init = syscall(SYS_pidfd_open, 1, 0);
    REFUSED(EPERM, syscall(SYS_pidfd_getfd, init, 3, 0));
}
