import java.util.Scanner;

class SchoolBus {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        int seats = in.nextInt();
        int n = in.nextInt();
        int onBus = 0, walk = 0, first = 0;
        for (int stop = 1; stop <= n; stop++) {
            onBus -= in.nextInt();
            int waiting = in.nextInt();
            int boarding = Math.min(waiting, seats - onBus);
            onBus += boarding;
            walk += waiting - boarding;
            if (waiting > boarding && first == 0) first = stop;
        }
        System.out.println(walk + " " + first);
    }
}
