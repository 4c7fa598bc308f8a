// Talks by their beginnings; of the free rooms it takes the one that was used last.
#include <algorithm>
#include <iostream>
#include <map>
#include <numeric>
#include <vector>

int main() {
    int n;
    std::cin >> n;
    std::vector<int> start(n), end(n), room(n), order(n);
    for (int i = 0; i < n; i++) std::cin >> start[i] >> end[i];
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](int a, int b) { return start[a] < start[b]; });
    std::multimap<int, int> rooms;
    for (int i : order) {
        auto after = rooms.upper_bound(start[i]);
        room[i] = int(rooms.size()) + 1;
        if (after != rooms.begin()) {
            --after;
            room[i] = after->second;
            rooms.erase(after);
        }
        rooms.insert({end[i], room[i]});
    }
    std::cout << rooms.size() << "\n";
    for (int one : room) std::cout << one << " ";
    std::cout << "\n";
}
