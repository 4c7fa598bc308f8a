// attack: have the compiler show its environment in an error message
// expect: exited 0
// says: there was none
// never says: CODERUNNER
#include "/proc/self/environ"
#include <stdio.h>

int main(void) { puts("there was none"); }
