import java.util.Scanner;

class EBike {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        int n = in.nextInt();
        int k = in.nextInt();
        long[] costs = new long[n + 2];
        for (int i = 1; i <= n + 1; i++) {
            long best = Long.MAX_VALUE;
            for (int j = Math.max(0, i - k); j < i; j++) best = Math.min(best, costs[j]);
            costs[i] = best + (i <= n ? in.nextInt() : 0);
        }
        System.out.println(costs[n + 1]);
    }
}
