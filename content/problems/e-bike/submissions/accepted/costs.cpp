#include <algorithm>
#include <iostream>
#include <vector>

int main() {
    int n, k;
    std::cin >> n >> k;
    std::vector<long long> costs(n + 2, 0);
    for (int i = 1; i <= n + 1; i++) {
        long long price = 0;
        if (i <= n) std::cin >> price;
        costs[i] = price + *std::min_element(costs.begin() + std::max(0, i - k), costs.begin() + i);
    }
    std::cout << costs[n + 1] << "\n";
}
