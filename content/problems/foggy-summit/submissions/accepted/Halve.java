import java.util.Scanner;

class Halve {
    static final Scanner in = new Scanner(System.in);

    static int height(int i) {
        System.out.println("? " + i);
        return in.nextInt();
    }

    public static void main(String[] args) {
        int low = 1, high = in.nextInt();
        while (low < high) {
            int middle = (low + high) / 2;
            if (height(middle) < height(middle + 1)) low = middle + 1;
            else high = middle;
        }
        System.out.println("! " + low);
    }
}
