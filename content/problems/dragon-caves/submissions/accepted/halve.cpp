#include <iostream>
#include <string>

int main() {
    int n;
    std::cin >> n;
    int low = 1, high = n;
    std::string answer;
    do {
        int middle = (low + high) / 2;
        std::cout << middle << std::endl;
        std::cin >> answer;
        (answer == "higher" ? low : high) = answer == "higher" ? middle + 1 : middle - 1;
    } while (answer != "gold");
}
