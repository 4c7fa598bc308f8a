// attack: look alive by a little output now and then
// expect: wallLimit
// says: ....
// limits: wallMs=2500
#include <unistd.h>

int main(void) {
    for (;;) {
        write(1, ".", 1);
        usleep(20000);
    }
}
