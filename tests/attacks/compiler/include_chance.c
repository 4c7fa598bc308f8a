// attack: have the compiler read a device that is chance, without end
// expect: compile error
// says: memory
#include "/dev/random"
int main(void) {}
