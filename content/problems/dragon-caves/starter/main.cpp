#include <iostream>
#include <string>

int main() {
    int n;
    std::cin >> n;
    int cave = 1;
    std::cout << cave << std::endl;
    std::string answer;
    std::cin >> answer;
    // answer is "higher", "lower" or "gold". How do you go on?
}
