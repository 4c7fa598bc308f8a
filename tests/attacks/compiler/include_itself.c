// attack: have the compiler read this file again and again
// expect: compile error
// says: nested
#include __FILE__
#include __FILE__
int main(void) {}
