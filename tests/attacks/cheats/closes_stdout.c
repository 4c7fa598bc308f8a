// attack: close what the result is read from, and go on
// expect: wallLimit
// limits: wallMs=2500
#include <unistd.h>

int main(void) {
    for (int n = 0; n < 3; n++) close(n);
    for (;;) pause();
}
