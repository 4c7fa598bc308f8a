import java.util.ArrayDeque;
import java.util.Scanner;

class LaserMuseum {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        int rows = in.nextInt();
        int columns = in.nextInt();
        String[] hall = new String[rows];
        int[][][] second = new int[rows][columns][3];
        ArrayDeque<int[]> todo = new ArrayDeque<>();
        for (int r = 0; r < rows; r++) {
            hall[r] = in.next();
            int c = hall[r].indexOf('S');
            if (c >= 0) {
                todo.add(new int[] {r, c, 0});
                second[r][c][0] = 1;
            }
        }
        int[][] steps = {{0, 0}, {0, 1}, {0, -1}, {1, 0}, {-1, 0}};
        while (!todo.isEmpty()) {
            int[] at = todo.remove();
            int now = second[at[0]][at[1]][at[2]];
            if (hall[at[0]].charAt(at[1]) == 'E') {
                System.out.println(now - 1);
                return;
            }
            for (int[] step : steps) {
                int r = at[0] + step[0], c = at[1] + step[1], phase = (at[2] + 1) % 3;
                if (r < 0 || r >= rows || c < 0 || c >= columns) continue;
                char tile = hall[r].charAt(c);
                if (tile == '#' || tile == '0' + phase || second[r][c][phase] > 0) continue;
                second[r][c][phase] = now + 1;
                todo.add(new int[] {r, c, phase});
            }
        }
        System.out.println("never");
    }
}
