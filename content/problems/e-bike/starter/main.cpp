#include <algorithm>
#include <iostream>
#include <vector>

int main() {
    int n, k;
    std::cin >> n >> k;
    std::vector<int> prices(n);
    for (int &price : prices) std::cin >> price;
    // What does the cheapest way cost?
}
