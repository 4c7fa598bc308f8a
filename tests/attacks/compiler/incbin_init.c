// attack: have the assembler put init's environment into the program
// expect: compile error
// says: file not found
__asm__(".section .rodata\nstolen: .incbin \"/proc/1/environ\"\n");
int main(void) {}
