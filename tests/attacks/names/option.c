// attack: be taken for an option of the compiler
// named: -fplugin=x.c
// expect: refused
// says: name
int main(void) {}
