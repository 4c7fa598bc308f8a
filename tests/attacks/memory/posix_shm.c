// attack: memory in POSIX segments, which outlive their process
// expect: memoryLimit
// limits: memoryBytes=33554432
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int main(void) {
    static char block[1 << 20];
    memset(block, 1, sizeof block);
    for (int n = 0;; n++) {
        char name[20];
        snprintf(name, sizeof name, "/hoard%d", n);
        int file = shm_open(name, O_CREAT | O_RDWR, 0600);
        for (int part = 0; part < 8; part++)
            if (write(file, block, sizeof block) < 0) return perror("refused"), 1;
    }
}
