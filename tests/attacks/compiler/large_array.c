// attack: have the compiler write a file that is just too large
// expect: compile error
// says: limit
char array[200 << 20] = {1};
int main(void) { return array[0]; }
