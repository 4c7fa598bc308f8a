// attack: ask the compiler which of the host's files there are
// expect: exited 0
// says: none
#include <cstdio>

int main() {
#if __has_include("/etc/shadow") || __has_include("/etc/machine-id") || __has_include("/root/.bashrc")
    std::puts("BROKEN: files of the host");
#endif
#if __has_include("/sys/kernel/notes") || __has_include("/proc/1/exe") || __has_include("/proc/kcore")
    std::puts("BROKEN: files of the kernel");
#endif
    std::puts("none");
}
