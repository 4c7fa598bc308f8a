package main

import "fmt"

// Offers each place's cost to those that can be reached from it.
func main() {
	var n, k int
	fmt.Scan(&n, &k)
	best := make([]int64, n+2)
	for i := range best {
		best[i] = 1 << 60
	}
	best[0] = 0
	for i := 0; i <= n; i++ {
		var price int64
		if i > 0 {
			fmt.Scan(&price)
		}
		for j := i + 1; j <= n+1 && j <= i+k; j++ {
			if best[i]+price < best[j] {
				best[j] = best[i] + price
			}
		}
	}
	fmt.Println(best[n+1])
}
