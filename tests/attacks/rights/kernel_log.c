// attack: read the kernel's log
// expect: exited 0
// says: klogctl
#include "refused.h"
#include <sys/klog.h>

int main(void) {
    char text[4096];
    REFUSED(EPERM, klogctl(3, text, sizeof text));
}
