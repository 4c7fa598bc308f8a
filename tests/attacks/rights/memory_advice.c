// attack: learn or change what is in everybody's memory, and take pages of which the host keeps few
// expect: exited 0
// says: MADV_MERGEABLE
// says: MAP_HUGETLB
#define _GNU_SOURCE
#include "refused.h"
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/msg.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <fcntl.h>

int main(void) {
    static char page[8192] __attribute__((aligned(4096)));
    int file = open("/usr/bin/true", O_RDONLY);
    struct iovec into = {page, 1};
    REFUSED(EINVAL, madvise(page, 4096, MADV_MERGEABLE));
    REFUSED(EINVAL, madvise(page, 4096, 20 /* MADV_COLD */));
    REFUSED(EINVAL, madvise(page, 4096, 21 /* MADV_PAGEOUT */));
    REFUSED(EINVAL, madvise(page, 4096, MADV_HWPOISON));
    REFUSED(EINVAL, madvise(page, 4096, 101 /* MADV_SOFT_OFFLINE */));
    REFUSED(ENOMEM, (long)mmap(0, 2 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0));
    REFUSED(ENOMEM, shmget(IPC_PRIVATE, 2 << 20, IPC_CREAT | SHM_HUGETLB | 0600));
    REFUSED(EINVAL, syscall(SYS_memfd_create, "huge", 4 /* MFD_HUGETLB */));
    REFUSED(EINVAL, prctl(0x53564d41 /* PR_SET_VMA */, 0, page, 4096, "a name"));
    REFUSED(EOPNOTSUPP, preadv2(file, &into, 1, 0, 8 /* RWF_NOWAIT */));
    REFUSED(EINVAL, syscall(SYS_membarrier, 1 /* GLOBAL */, 0));
    REFUSED(EINVAL, syscall(SYS_membarrier, 2 /* GLOBAL_EXPEDITED */, 0));
    int segment = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
    REFUSED(EINVAL, shmctl(segment, SHM_LOCK, 0));
    REFUSED(EINVAL, shmctl(0, 15 /* SHM_STAT_ANY */, 0));
    REFUSED(EINVAL, semctl(0, 0, 20 /* SEM_STAT_ANY */));
    REFUSED(EINVAL, msgctl(0, 13 /* MSG_STAT_ANY */, 0));
    if (shmctl(segment, IPC_RMID, 0) || madvise(page, 4096, MADV_DONTNEED)) puts("BROKEN: usual requests are refused");
}
