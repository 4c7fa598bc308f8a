// attack: end as one that used up its CPU time
// expect: signalled SIGXCPU
#include <signal.h>

int main(void) { raise(SIGXCPU); }
