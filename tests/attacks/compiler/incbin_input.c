// attack: have the assembler put the input into the program, which may be test data
// expect: compile error
// says: unable to include
// input: secret_of_the_judge
// never says: secret_of_the_judge
__asm__(".section .rodata\nstolen: .incbin \"/dev/stdin\"\n");
int main(void) {}
