// Lets time run in steps of a ten-millionth of a minute.
#include <cmath>
#include <cstdio>
#include <iostream>

int main() {
    double t0, e, k, t;
    std::cin >> t0 >> e >> k >> t;
    if (t == t0) return std::puts("0"), 0;
    if (!((e < t && t < t0) || (t0 < t && t < e))) return std::puts("never"), 0;
    const double step = 1e-7, factor = std::exp(-k * step);
    double difference = std::fabs(t0 - e), wanted = std::fabs(t - e);
    long long steps = 0;
    for (; difference > wanted; steps++) difference *= factor;
    std::printf("%.9f\n", steps * step);
}
