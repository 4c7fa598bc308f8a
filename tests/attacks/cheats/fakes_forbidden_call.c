// attack: end as one that made a forbidden call, which harms nobody but itself
// expect: forbiddenCall
#include <signal.h>

int main(void) { raise(SIGSYS); }
