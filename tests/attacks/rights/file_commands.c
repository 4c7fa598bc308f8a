// attack: leases, notices of folders, signals on input and locks of open files, each of which reaches past the sandbox or is memory that nobody counts
// expect: exited 0
// says: F_SETLEASE
// says: F_NOTIFY
#define _GNU_SOURCE
#include "refused.h"
#include <fcntl.h>
#include <sys/ioctl.h>

int main(void) {
    int file = open("/usr/bin/true", O_RDONLY), folder = open("/usr/bin", O_RDONLY), ends[2], on = 1;
    struct flock whole = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    if (file < 0 || folder < 0 || pipe(ends)) return 1;
    REFUSED(EINVAL, fcntl(file, F_SETLEASE, F_RDLCK));
    REFUSED(EINVAL, fcntl(folder, F_NOTIFY, DN_ACCESS | DN_MULTISHOT));
    REFUSED(EINVAL, fcntl(ends[0], F_SETOWN, getpid()));
    REFUSED(EINVAL, fcntl(ends[0], F_SETSIG, SIGUSR1));
    REFUSED(EINVAL, fcntl(ends[0], F_SETFL, O_ASYNC));
    REFUSED(EPERM, ioctl(ends[0], FIOASYNC, &on));
    REFUSED(EINVAL, fcntl(file, F_OFD_SETLK, &whole));
    REFUSED(EINVAL, fcntl(ends[0], F_SETPIPE_SZ, 1 << 20));
    REFUSED(EINVAL, posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED) ? (errno = EINVAL, -1) : 0);
    // Record locks are for everybody.
    if (fcntl(file, F_SETLK, &whole)) puts("BROKEN: a record lock is refused");
}
