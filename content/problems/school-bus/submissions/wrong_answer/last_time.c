// Tells the last stop where somebody was left behind.
#include <stdio.h>

int main(void) {
    int seats, n, on_bus = 0, walk = 0, last = 0;
    if (scanf("%d %d", &seats, &n) != 2) return 1;
    for (int stop = 1; stop <= n; stop++) {
        int off, waiting;
        if (scanf("%d %d", &off, &waiting) != 2) return 1;
        on_bus += waiting - off;
        if (on_bus > seats) {
            walk += on_bus - seats;
            on_bus = seats;
            last = stop;
        }
    }
    printf("%d %d\n", walk, last);
    return 0;
}
