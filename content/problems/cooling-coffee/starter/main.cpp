#include <cmath>
#include <iomanip>
#include <iostream>

int main() {
    double t0, e, k, t;
    std::cin >> t0 >> e >> k >> t;
    double minutes = 0;
    // After how many minutes? std::log is the natural logarithm.
    std::cout << std::setprecision(15) << minutes << "\n";
}
