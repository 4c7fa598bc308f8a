// 32 bits are not enough for the last group.
#include <stdio.h>

int main(void) {
    int n, k;
    if (scanf("%d %d", &n, &k) != 2) return 1;
    unsigned costs[1002] = {0};
    for (int i = 1; i <= n + 1; i++) {
        unsigned price = 0;
        if (i <= n && scanf("%u", &price) != 1) return 1;
        unsigned best = costs[i - 1];
        for (int j = i - 1; j >= 0 && j >= i - k; j--)
            if (costs[j] < best) best = costs[j];
        costs[i] = best + price;
    }
    printf("%u\n", costs[n + 1]);
    return 0;
}
