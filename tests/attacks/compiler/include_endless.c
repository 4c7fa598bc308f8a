// attack: have the compiler read a device without end
// expect: compile error
// says: memory
#include "/dev/zero"
int main(void) {}
