#include <algorithm>
#include <iostream>
#include <vector>

int main() {
    int n;
    std::cin >> n;
    std::vector<int> start(n), end(n), room(n);
    for (int i = 0; i < n; i++) std::cin >> start[i] >> end[i];
    // Give each talk a room.

    std::cout << *std::max_element(room.begin(), room.end()) << "\n";
    for (int i = 0; i < n; i++) std::cout << room[i] << (i + 1 < n ? " " : "\n");
}
