import java.util.Scanner;

class CakeSale {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        int n = in.nextInt();
        int total = 0;
        for (int i = 0; i < n; i++) total += in.nextInt();
        System.out.println(total / 100 + "." + (total % 100 < 10 ? "0" : "") + total % 100);
    }
}
