package main

import "fmt"

var (
	rows, columns int
	hall          []string
)

// Whether she can be at the exit in so many seconds, by trying all ways of that length.
func reaches(r, c, second, last int) bool {
	if r < 0 || r >= rows || c < 0 || c >= columns {
		return false
	}
	tile := hall[r][c]
	if tile == '#' || tile == '0'+byte(second%3) {
		return false
	}
	if tile == 'E' {
		return true
	}
	if second == last {
		return false
	}
	second++
	return reaches(r, c, second, last) || reaches(r+1, c, second, last) || reaches(r-1, c, second, last) ||
		reaches(r, c+1, second, last) || reaches(r, c-1, second, last)
}

func main() {
	fmt.Scan(&rows, &columns)
	hall = make([]string, rows)
	var row, column int
	for r := range hall {
		fmt.Scan(&hall[r])
		for c, tile := range hall[r] {
			if tile == 'S' {
				row, column = r, c
			}
		}
	}
	for last := 0; last <= 3*rows*columns; last++ {
		if reaches(row, column, 0, last) {
			fmt.Println(last)
			return
		}
	}
	fmt.Println("never")
}
