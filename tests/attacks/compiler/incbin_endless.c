// attack: have the assembler read a device without end
// expect: compile error
__asm__(".incbin \"/dev/zero\"");
int main(void) {}
