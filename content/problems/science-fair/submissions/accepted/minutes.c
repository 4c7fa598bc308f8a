// Goes through the day minute by minute: first give keys back, then hand them out.
#include <stdio.h>

int start[1000], end[1000], room[1000], keys[1000];

int main(void) {
    int n, free_keys = 0, rooms = 0;
    if (scanf("%d", &n) != 1) return 1;
    for (int i = 0; i < n; i++)
        if (scanf("%d %d", &start[i], &end[i]) != 2) return 1;
    for (int minute = 0; minute < 10000; minute++) {
        for (int i = 0; i < n; i++)
            if (end[i] == minute) keys[free_keys++] = room[i];
        for (int i = 0; i < n; i++)
            if (start[i] == minute) room[i] = free_keys ? keys[--free_keys] : ++rooms;
    }
    printf("%d\n", rooms);
    for (int i = 0; i < n; i++) printf("%d ", room[i]);
    puts("");
    return 0;
}
