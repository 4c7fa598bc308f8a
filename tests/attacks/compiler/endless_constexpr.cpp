// attack: have the compiler compute for ever
// expect: compile error
constexpr int spin() {
    for (;;);
    return 0;
}
constexpr int value = spin();
int main() {}
