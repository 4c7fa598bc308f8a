// Second by second: the set of tiles on which she can be.
use std::io::{read_to_string, stdin};

fn main() {
    let text = read_to_string(stdin()).unwrap();
    let hall: Vec<&[u8]> = text.lines().skip(1).map(str::as_bytes).collect();
    let (rows, columns) = (hall.len(), hall[0].len());
    let mut here = vec![vec![false; columns]; rows];
    for r in 0..rows {
        for c in 0..columns {
            here[r][c] = hall[r][c] == b'S';
        }
    }
    // There are no more pairs of a tile and a remainder, so no shortest way takes longer.
    for second in 0..=3 * rows * columns {
        let mut next = vec![vec![false; columns]; rows];
        for r in 0..rows {
            for c in 0..columns {
                if !here[r][c] {
                    continue;
                }
                if hall[r][c] == b'E' {
                    println!("{second}");
                    return;
                }
                let laser = b'0' + ((second + 1) % 3) as u8;
                for (a, b) in [(r, c), (r + 1, c), (r.wrapping_sub(1), c), (r, c + 1), (r, c.wrapping_sub(1))] {
                    if a < rows && b < columns && hall[a][b] != b'#' && hall[a][b] != laser {
                        next[a][b] = true;
                    }
                }
            }
        }
        here = next;
    }
    println!("never");
}
