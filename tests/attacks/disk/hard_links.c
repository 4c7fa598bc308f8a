// attack: a file of the system's by another name
// expect: exited 0
// says: /box/main
#include "refused.h"
#include <unistd.h>

int main(void) {
    REFUSED(EXDEV, link("/etc/passwd", "/box/linked"));
    REFUSED(EXDEV, link("/bin/sh", "/tmp/linked"));
    REFUSED(EXDEV, link("/box/main", "/dev/shm/linked"));
}
