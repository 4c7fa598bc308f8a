// attack: find the server's secrets in the environment
// expect: exited 0
// says: PATH=
// never says: CODERUNNER
#include <stdio.h>

extern char **environ;

int main(void) {
    for (char **each = environ; *each; each++) puts(*each);
}
