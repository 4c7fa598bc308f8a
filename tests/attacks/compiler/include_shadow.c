// attack: have the compiler show the host's passwords in an error message
// expect: compile error
// says: No such file
#include "/etc/shadow"
int main(void) {}
