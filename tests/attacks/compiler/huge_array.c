// attack: have the compiler write a file of terabytes
// expect: compile error
// says: limit
char array[3000000000000] = {1};
int main(void) { return array[0]; }
