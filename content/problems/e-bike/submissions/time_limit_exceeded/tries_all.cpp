// Tries all ways, which double with each village or nearly so.
#include <algorithm>
#include <iostream>
#include <vector>

int n, k;
std::vector<long long> prices;

long long cheapest(int place) {
    if (place + k > n) return 0;
    long long best = 1LL << 60;
    for (int next = place + 1; next <= place + k; next++)
        best = std::min(best, prices[next] + cheapest(next));
    return best;
}

int main() {
    std::cin >> n >> k;
    prices.resize(n + 1);
    for (int i = 1; i <= n; i++) std::cin >> prices[i];
    std::cout << cheapest(0) << "\n";
}
