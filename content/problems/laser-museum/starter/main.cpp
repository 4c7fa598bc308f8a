#include <iostream>
#include <queue>
#include <string>
#include <vector>

int main() {
    int rows, columns;
    std::cin >> rows >> columns;
    std::vector<std::string> hall(rows);
    for (std::string &row : hall) std::cin >> row;
    // When can she be at the exit?
}
