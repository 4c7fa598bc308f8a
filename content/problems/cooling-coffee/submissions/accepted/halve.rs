// Halves an interval instead of solving the formula: T(t) moves in one direction only.
use std::io;

fn main() {
    let mut line = String::new();
    io::stdin().read_line(&mut line).unwrap();
    let numbers: Vec<f64> = line.split_whitespace().map(|word| word.parse().unwrap()).collect();
    let (t0, e, k, t) = (numbers[0], numbers[1], numbers[2], numbers[3]);
    let wanted = (t - e) / (t0 - e);
    if t == t0 {
        println!("0");
    } else if t0 == e || wanted <= 0.0 || wanted >= 1.0 {
        println!("never");
    } else {
        let (mut low, mut high) = (0.0_f64, 1e9);
        for _ in 0..200 {
            let middle = (low + high) / 2.0;
            if (-k * middle).exp() > wanted {
                low = middle;
            } else {
                high = middle;
            }
        }
        println!("{low}");
    }
}
