// attack: end as one that made a forbidden call
// expect: forbiddenCall
#include <signal.h>

int main(void) { raise(SIGSYS); }
