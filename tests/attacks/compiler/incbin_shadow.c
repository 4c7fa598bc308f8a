// attack: have the assembler put the host's passwords into the program
// expect: compile error
__asm__(".section .rodata\n.globl stolen\nstolen: .incbin \"/etc/shadow\"\n.byte 0\n");
#include <stdio.h>

extern const char stolen[];

int main(void) { puts(stolen); }
