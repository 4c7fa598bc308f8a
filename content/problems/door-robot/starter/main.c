#include <stdio.h>
#include <string.h>

int main(void) {
    char name[200];
    fgets(name, sizeof name, stdin);
    name[strcspn(name, "\n")] = '\0';
    // Now greet the visitor with printf(...).
    return 0;
}
