// attack: read what the kernel shows of the whole machine
// expect: exited 0
// says: looked
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
    static const char *names[] = {"/proc/kcore", "/proc/kmsg", "/proc/keys", "/proc/kallsyms", "/dev/mem", "/dev/kmsg"};
    for (int n = 0; n < 6; n++) {
        char byte;
        int file = open(names[n], O_RDONLY);
        if (file < 0) perror(names[n]);
        else printf("%s: %s\n", names[n], read(file, &byte, 1) > 0 ? "BROKEN" : "empty");
    }
    puts("looked");
}
