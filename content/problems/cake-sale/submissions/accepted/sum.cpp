#include <cstdio>
#include <iostream>

int main() {
    int n, total = 0;
    std::cin >> n;
    for (int i = 0; i < n; i++) {
        int price;
        std::cin >> price;
        total += price;
    }
    std::printf("%d.%02d\n", total / 100, total % 100);
}
