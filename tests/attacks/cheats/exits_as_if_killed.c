// attack: exit with the code of a program that was killed for its memory
// expect: exited
// exit: 137
int main(void) { return 137; }
