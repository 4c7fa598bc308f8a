// attack: read who has an account on the host, and with which password
// expect: exited 0
// says: looked
#include "refused.h"
#include <fcntl.h>
#include <pwd.h>

int main(void) {
    REFUSED(ENOENT, open("/etc/shadow", O_RDONLY));
    REFUSED(ENOENT, open("/etc/gshadow", O_RDONLY));
    REFUSED(ENOENT, open("/etc/sudoers", O_RDONLY));
    int users = 0;
    while (getpwent()) users++;
    puts(users > 3 ? "BROKEN" : "looked");
}
