// attack: have the compiler write errors without number
// expect: compile error
// says: error:
#define A x y z;
#define B A A A A A A A A
#define C B B B B B B B B
#define D C C C C C C C C
D D D D D D D D
