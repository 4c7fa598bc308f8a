import java.util.Scanner;

class Main {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        int seats = in.nextInt();
        int n = in.nextInt();
        int onBus = 0;
        for (int stop = 1; stop <= n; stop++) {
            int off = in.nextInt();
            int waiting = in.nextInt();
            // What happens at this stop?
        }
        System.out.println(0 + " " + 0);
    }
}
