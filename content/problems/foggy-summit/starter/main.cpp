#include <iostream>

int height(int i) {
    std::cout << "? " << i << std::endl;
    int h;
    std::cin >> h;
    return h;
}

int main() {
    int n;
    std::cin >> n;
    int summit = 1;
    // Find the summit with at most 42 calls of height.
    std::cout << "! " << summit << std::endl;
}
