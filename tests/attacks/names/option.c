// attack: be taken for an option of the compiler
// named: -fplugin=x.c
// expect: exited 0
// says: compiled
#include <stdio.h>

int main(void) { puts("compiled"); }
