// Begins to count at 1 and so leaves the last cake out.
#include <stdio.h>

int main(void) {
    int n, total = 0, price;
    if (scanf("%d", &n) != 1) return 1;
    for (int i = 1; i < n; i++) {
        if (scanf("%d", &price) != 1) return 1;
        total += price;
    }
    printf("%d.%02d\n", total / 100, total % 100);
    return 0;
}
