import java.util.Scanner;

class Main {
    static final Scanner in = new Scanner(System.in);

    static int height(int i) {
        System.out.println("? " + i);
        return in.nextInt();
    }

    public static void main(String[] args) {
        int n = in.nextInt();
        int summit = 1;
        // Find the summit with at most 42 calls of height.
        System.out.println("! " + summit);
    }
}
