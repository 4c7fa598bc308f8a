// attack: have the compiler fill in a template without end
// expect: compile error
// says: template instantiation depth
template <int N> struct Tower {
    enum { height = Tower<N + 1>::height };
};
int main() { return Tower<0>::height; }
