package main

import (
	"bufio"
	"fmt"
	"os"
)

// Parts the interval by Fibonacci numbers: one of the two heights is then always known already, and 30 questions are enough.
func main() {
	in := bufio.NewReader(os.Stdin)
	var n int
	fmt.Fscan(in, &n)
	known := map[int]int{}
	height := func(i int) int {
		if i > n {
			// Beyond the last marker it goes down for ever.
			return -1<<40 - i
		}
		h, isKnown := known[i]
		if !isKnown {
			fmt.Println("?", i)
			fmt.Fscan(in, &h)
			known[i] = h
		}
		return h
	}
	small, large := 1, 2
	for large <= n {
		small, large = large, small+large
	}
	// The summit is one of the large-1 markers behind low.
	low := 0
	for large > 2 {
		before := large - small
		if height(low+before) < height(low+small) {
			low += before
		}
		small, large = before, small
	}
	fmt.Println("!", low+1)
}
