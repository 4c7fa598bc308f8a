// attack: have the compiler show its environment in an error message
// expect: compile error
// never says: CODERUNNER
#include "/proc/self/environ"
int main(void) {}
