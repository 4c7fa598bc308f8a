// attack: wait for nothing at all
// expect: wallLimit
// limits: wallMs=2500
#include <sys/select.h>

int main(void) { select(0, 0, 0, 0, 0); }
