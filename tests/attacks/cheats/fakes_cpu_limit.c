// attack: end as one that used up its CPU time, which harms nobody but itself
// expect: cpuLimit
#include <signal.h>

int main(void) { raise(SIGXCPU); }
