// attack: read and write init's memory
// expect: exited or forbiddenCall
// never says: BROKEN
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/uio.h>
#include <unistd.h>

int main(void) {
    char bytes[64];
    struct iovec here = {bytes, sizeof bytes}, there = {(void *)0x400000, sizeof bytes};
    if (open("/proc/1/mem", O_RDWR) >= 0) puts("BROKEN: opened");
    fflush(stdout);
    if (process_vm_readv(1, &here, 1, &there, 1) >= 0) puts("BROKEN: read");
}
