// attack: as record_locks.c, a few in each of many children, on copies of descriptors, read-only files and pipes
// expect: memoryLimit
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static void hold(int file, short type, long most) {
    for (long at = most; at > 0; at--) {
        struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = 2 * at, .l_len = 1};
        if (fcntl(file, F_SETLK, &lock)) perror("BROKEN: fcntl");
    }
}

int main(void) {
    int told[2], ends[2], zero = open("/dev/zero", O_RDONLY);
    if (pipe(told) || pipe(ends)) return 1;
    for (int child = 0; child < 12; child++)
        if (fork() == 0) {
            hold(open("/usr/bin/true", O_RDONLY), F_RDLCK, 300);
            hold(ends[1], F_WRLCK, child == 0 ? 300 : 0);
            hold(open("/dev/shm/locked", O_RDWR | O_CREAT, 0600), F_RDLCK, 200);
            (void)!write(told[1], "x", 1);
            pause();
        }
    static char block[4096];
    for (int child = 0; child < 12; child++) (void)!read(told[0], block, 1);
    puts("held");
    fflush(stdout);
    for (time_t end = time(0) + 5; time(0) < end;) (void)!read(zero, block, sizeof block);
    puts("BROKEN: nobody counts them");
}
