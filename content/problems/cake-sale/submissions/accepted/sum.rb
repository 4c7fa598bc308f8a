n = gets.to_i
total = Array.new(n) { gets.to_i }.sum
puts format("%d.%02d", total / 100, total % 100)
