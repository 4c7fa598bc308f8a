// attack: have the compiler show the input in an error message, which may be test data
// expect: compile error
// never says: secret_of_the_judge
// says: main
// input: int secret_of_the_judge = "x";
#include "/dev/stdin"
#include "/proc/self/fd/0"
#include "/box/input"
int main(void) {}
