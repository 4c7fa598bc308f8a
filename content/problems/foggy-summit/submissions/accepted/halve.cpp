#include <iostream>

int height(int i) {
    std::cout << "? " << i << std::endl;
    int h;
    std::cin >> h;
    return h;
}

int main() {
    int low = 1, high;
    std::cin >> high;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (height(middle) < height(middle + 1))
            low = middle + 1;
        else
            high = middle;
    }
    std::cout << "! " << low << std::endl;
}
