// Reads one word only: Grace Hopper becomes Grace.
#include <stdio.h>

int main(void) {
    char name[200];
    if (scanf("%199s", name) != 1) return 1;
    printf("Hello, %s! Come in.\n", name);
    return 0;
}
