// attack: more memory than allowed, shared with a child
// expect: memoryLimit
// limits: memoryBytes=67108864
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int main(void) {
    char *memory = mmap(0, 1 << 28, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    fork();
    memset(memory, 1, 1 << 28);
    for (;;) pause();
}
