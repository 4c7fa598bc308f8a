// attack: have the compiler write over what it was asked for
// expect: exited 0
// says: No such file
#pragma GCC optimize("-o/usr/bin/planted")
#include "refused.h"
#include <unistd.h>

int main(void) { REFUSED(ENOENT, access("/usr/bin/planted", F_OK)); }
