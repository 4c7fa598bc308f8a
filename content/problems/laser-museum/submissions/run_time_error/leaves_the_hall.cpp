// Looks beyond the edge, which at() does not let pass.
#include <iostream>
#include <queue>
#include <string>
#include <vector>

struct State {
    int row, column, second;
};

int main() {
    int rows, columns;
    std::cin >> rows >> columns;
    std::vector<std::string> hall(rows);
    std::queue<State> todo;
    for (int r = 0; r < rows; r++) {
        std::cin >> hall[r];
        if (hall[r].find('S') != std::string::npos) todo.push({r, int(hall[r].find('S')), 0});
    }
    std::vector visited(rows, std::vector(columns, std::vector<bool>(3)));
    while (!todo.empty()) {
        auto [r, c, second] = todo.front();
        todo.pop();
        if (hall[r][c] == 'E') {
            std::cout << second << "\n";
            return 0;
        }
        const int down[] = {0, 1, -1, 0, 0}, right[] = {0, 0, 0, 1, -1};
        for (int i = 0; i < 5; i++) {
            int a = r + down[i], b = c + right[i], phase = (second + 1) % 3;
            char tile = hall.at(a).at(b);
            if (tile == '#' || tile == '0' + phase || visited[a][b][phase]) continue;
            visited[a][b][phase] = true;
            todo.push({a, b, second + 1});
        }
    }
    std::cout << "never\n";
}
