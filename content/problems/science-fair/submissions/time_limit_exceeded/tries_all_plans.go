package main

import "fmt"

// Tries all plans with one room, then all with two, and so on.
func fits(start, end, room []int, talk, rooms int) bool {
	if talk == len(room) {
		return true
	}
	for room[talk] = 1; room[talk] <= rooms; room[talk]++ {
		free := true
		for other := 0; other < talk; other++ {
			if room[other] == room[talk] && start[other] < end[talk] && start[talk] < end[other] {
				free = false
			}
		}
		if free && fits(start, end, room, talk+1, rooms) {
			return true
		}
	}
	return false
}

func main() {
	var n int
	fmt.Scan(&n)
	start, end, room := make([]int, n), make([]int, n), make([]int, n)
	for i := range room {
		fmt.Scan(&start[i], &end[i])
	}
	rooms := 1
	for !fits(start, end, room, 0, rooms) {
		rooms++
	}
	fmt.Println(rooms)
	for _, one := range room {
		fmt.Print(one, " ")
	}
	fmt.Println()
}
