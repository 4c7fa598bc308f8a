// Goes on each second: standing still is forgotten.
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
    std::vector<std::string> hall(rows + 2, std::string(columns + 2, '#'));
    std::queue<State> todo;
    for (int r = 1; r <= rows; r++)
        for (int c = 1; c <= columns; c++) {
            std::cin >> hall[r][c];
            if (hall[r][c] == 'S') todo.push({r, c, 0});
        }
    std::vector visited(rows + 2, std::vector(columns + 2, std::vector<bool>(3)));
    while (!todo.empty()) {
        auto [r, c, second] = todo.front();
        todo.pop();
        if (hall[r][c] == 'E') {
            std::cout << second << "\n";
            return 0;
        }
        const int down[] = {1, -1, 0, 0}, right[] = {0, 0, 1, -1};
        for (int i = 0; i < 4; i++) {
            int a = r + down[i], b = c + right[i], phase = (second + 1) % 3;
            if (hall[a][b] == '#' || hall[a][b] == '0' + phase || visited[a][b][phase]) continue;
            visited[a][b][phase] = true;
            todo.push({a, b, second + 1});
        }
    }
    std::cout << "never\n";
}
