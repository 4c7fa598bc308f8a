// attack: write what init reports to every descriptor that could be init's
// expect: exited 3
#include <unistd.h>

int main(void) {
    static const char report[64] = "G";
    for (int n = 3; n < 64; n++) {
        write(n, report, 1);
        write(n, report, sizeof report);
        write(n, report + 1, sizeof report - 1);
    }
    return 3;
}
