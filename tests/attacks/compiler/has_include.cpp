// attack: ask the compiler which of the host's files there are
// expect: exited 0
#include <cstdio>

int main() {
#if __has_include("/etc/shadow") || __has_include("/root/.bashrc") || __has_include("/etc/hostname")
    puts("BROKEN");
#endif
}
