package main

import "fmt"

func main() {
	var n, total int
	fmt.Scan(&n)
	for i := 0; i < n; i++ {
		var price int
		fmt.Scan(&price)
		total += price
	}
	fmt.Printf("%d.%02d\n", total/100, total%100)
}
