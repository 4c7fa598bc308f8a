// attack: have the compiler fill in templates that double at each step
// expect: compile error
// says: memory
template <int N, typename A, typename B> struct Tree {
    Tree<N - 1, Tree<N, A, B>, A> left;
    Tree<N - 1, B, Tree<N, A, B>> right;
};
template <typename A, typename B> struct Tree<0, A, B> {};
int main() { return sizeof(Tree<60, int, char>); }
