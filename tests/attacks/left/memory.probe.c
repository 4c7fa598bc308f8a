// attack: find what the program before had in memory that is now this one's
// expect: exited 0
// says: nothing
#include <stdio.h>
#include <sys/mman.h>

int main(void) {
    const char *memory = mmap(0, 60 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    for (long at = 0; at < 60 << 20; at++)
        if (memory[at]) return puts("BROKEN"), 1;
    puts("nothing");
}
