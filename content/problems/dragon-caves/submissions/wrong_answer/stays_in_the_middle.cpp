// Keeps the middle among what is left, and so never gets to the last cave.
#include <iostream>
#include <string>

int main() {
    int n;
    std::cin >> n;
    int low = 1, high = n;
    std::string answer;
    while (true) {
        int middle = (low + high) / 2;
        std::cout << middle << std::endl;
        if (!(std::cin >> answer) || answer == "gold") break;
        (answer == "higher" ? low : high) = middle;
    }
}
