// attack: have the assembler put init's environment into the program
// expect: exited 0 or compile error
// never says: CODERUNNER
__asm__(".section .rodata\n.globl stolen\nstolen: .incbin \"/proc/1/environ\"\nstolen_end: .globl stolen_end\n");
#include <stdio.h>

extern const char stolen[], stolen_end[];

int main(void) { fwrite(stolen, 1, stolen_end - stolen, stdout); }
