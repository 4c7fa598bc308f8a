// The sums do not fit, and Rust notices.
use std::io::{read_to_string, stdin};

fn main() {
    let text = read_to_string(stdin()).unwrap();
    let mut numbers = text.split_whitespace().map(|word| word.parse::<i32>().unwrap());
    let n = numbers.next().unwrap() as usize;
    let k = numbers.next().unwrap() as usize;
    let mut costs = vec![0_i32];
    for price in numbers.chain([0]).take(n + 1) {
        let reach = costs.len().saturating_sub(k);
        costs.push(price + costs[reach..].iter().min().unwrap());
    }
    println!("{}", costs[n + 1]);
}
