import java.util.Scanner;

class Main {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        int n = in.nextInt();
        int total = 0;
        // Read the n prices with in.nextInt() and add them up.

        System.out.println(total);
    }
}
