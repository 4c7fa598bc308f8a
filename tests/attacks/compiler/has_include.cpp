// attack: ask the compiler which of the host's files there are
// expect: exited
// exit: 0
// never says: BROKEN
#include <cstdio>

int main() {
#if __has_include("/etc/shadow") || __has_include("/root/.bashrc") || __has_include("/etc/hostname")
    puts("BROKEN");
#endif
}
