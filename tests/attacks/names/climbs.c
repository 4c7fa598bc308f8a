// attack: be written outside of the folder by its name
// named: ../../x.c
// expect: refused
// says: name
int main(void) {}
