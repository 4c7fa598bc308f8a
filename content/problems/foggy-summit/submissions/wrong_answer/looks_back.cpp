// Compares with the marker before: there is none before the first.
#include <iostream>

int height(int i) {
    std::cout << "? " << i << std::endl;
    int h;
    if (!(std::cin >> h)) std::exit(0);
    return h;
}

int main() {
    int low = 1, high;
    std::cin >> high;
    while (low < high) {
        int middle = (low + high) / 2;
        if (height(middle - 1) < height(middle))
            low = middle + 1;
        else
            high = middle;
    }
    std::cout << "! " << low << std::endl;
}
