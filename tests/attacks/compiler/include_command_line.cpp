// attack: have the compiler show init's command line and mounts in an error message
// expect: compile error
// never says: CODERUNNER
#include "/proc/1/cmdline"
#include "/proc/self/mountinfo"
int main() {}
