// attack: memory in System V segments, which outlive their process
// expect: memoryLimit
// limits: memoryBytes=67108864
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>

int main(void) {
    for (;;) {
        int segment = shmget(IPC_PRIVATE, 16 << 20, IPC_CREAT | 0600);
        char *memory = segment < 0 ? (void *)-1 : shmat(segment, 0, 0);
        if (memory == (void *)-1) return perror("refused"), 1;
        memset(memory, 1, 16 << 20);
        shmdt(memory);
    }
}
