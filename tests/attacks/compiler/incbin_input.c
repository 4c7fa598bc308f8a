// attack: have the assembler put the input into the program, which may be test data
// expect: exited 0
// says: 0 bytes
// never says: secret_of_the_judge
// input: secret_of_the_judge
__asm__(".section .rodata\n.globl stolen\nstolen: .incbin \"/dev/stdin\"\nstolen_end: .globl stolen_end\n");
#include <stdio.h>

extern const char stolen[], stolen_end[];

int main(void) {
    fwrite(stolen, 1, stolen_end - stolen, stdout);
    printf("%d bytes\n", (int)(stolen_end - stolen));
}
