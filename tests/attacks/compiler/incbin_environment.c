// attack: have the assembler put its environment, which may be the server's, into the program
// expect: exited 0
// says: 0 bytes
__asm__(".section .rodata\n.globl stolen\nstolen: .incbin \"/proc/self/environ\"\nstolen_end: .globl stolen_end\n");
#include <stdio.h>

extern const char stolen[], stolen_end[];

int main(void) {
    fwrite(stolen, 1, stolen_end - stolen, stdout);
    printf("%d bytes\n", (int)(stolen_end - stolen));
}
