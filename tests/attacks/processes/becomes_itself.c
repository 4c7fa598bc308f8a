// attack: hide CPU time by becoming a new program again and again
// expect: cpuLimit
// limits: cpuMs=300 wallMs=20000
#include <unistd.h>

int main(int count, char **argv) {
    (void)count;
    execv("/proc/self/exe", argv);
}
