import java.util.Scanner;

class Main {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        int n = in.nextInt();
        int[] start = new int[n], end = new int[n], room = new int[n];
        for (int i = 0; i < n; i++) {
            start[i] = in.nextInt();
            end[i] = in.nextInt();
        }
        int m = 0;
        // Give each talk a room.

        StringBuilder plan = new StringBuilder();
        for (int i = 0; i < n; i++) plan.append(room[i]).append(' ');
        System.out.println(m + "\n" + plan);
    }
}
