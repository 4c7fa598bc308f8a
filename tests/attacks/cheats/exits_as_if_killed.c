// attack: exit with the code of a program that was killed for its memory
// expect: exited 137
int main(void) { return 137; }
