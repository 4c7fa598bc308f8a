// attack: read the kernel's log
// expect: exited or forbiddenCall
// never says: BROKEN
#include <stdio.h>
#include <sys/klog.h>

int main(void) {
    char text[4096];
    if (klogctl(3, text, sizeof text) > 0) puts("BROKEN");
}
