// attack: write to what everybody's sandbox reads
// expect: exited 0
// says: rename
#include "refused.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void) {
    REFUSED(EROFS, open("/etc/ld.so.preload", O_CREAT | O_WRONLY, 0600));
    REFUSED(EROFS, open("/usr/bin/env", O_WRONLY));
    REFUSED(EROFS, mkdir("/usr/planted", 0700));
    REFUSED(EROFS, chmod("/bin/sh", 0777));
    REFUSED(EROFS, rename("/bin", "/bin2"));
}
