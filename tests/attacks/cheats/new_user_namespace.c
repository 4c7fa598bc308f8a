// attack: be root in a user namespace of its own
// expect: exited or forbiddenCall
// never says: BROKEN
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>

int main(void) {
    if (unshare(CLONE_NEWUSER) == 0) puts("BROKEN");
}
