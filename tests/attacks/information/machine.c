// attack: learn and change the machine's name
// expect: exited 0
// says: sandbox
#define _DEFAULT_SOURCE
#include "refused.h"

int main(void) {
    char name[65];
    REFUSED(EPERM, sethostname("planted", 7));
    if (gethostname(name, sizeof name) == 0) puts(name);
}
