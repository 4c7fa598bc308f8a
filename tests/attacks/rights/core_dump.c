// attack: be dumped, which starts the host's handler of dumps as root of the host
// expect: exited 0
// says: done
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "refused.h"

int main(void) {
    // With a limit of exactly one byte the kernel starts no handler; with none it would.
    char line[256];
    FILE *limits = fopen("/proc/self/limits", "r");
    while (limits && fgets(line, sizeof line, limits)) {
        unsigned long soft, hard;
        if (sscanf(line, "Max core file size %lu %lu", &soft, &hard) == 2 && (soft != 1 || hard != 1))
            printf("BROKEN: limits of %lu and %lu\n", soft, hard);
    }
    struct rlimit none = {0, 0};
    REFUSED(EPERM, syscall(SYS_prlimit64, 0, RLIMIT_CORE, &none, NULL));
#ifdef SYS_setrlimit
    REFUSED(EPERM, syscall(SYS_setrlimit, RLIMIT_CORE, &none));
#endif
    struct rlimit files = {32, 32};
    if (setrlimit(RLIMIT_NOFILE, &files)) printf("BROKEN: other limits cannot be lowered\n");
    printf("done\n");
}
