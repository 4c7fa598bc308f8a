n = gets.to_i
broken = gets.chomp.chars
pattern = [*"a".."z"].-(broken).last(1) + [*"0".."9"].-(broken).last(1) + [*"A".."Z"].-(broken).last(1)
puts Array.new(n) { |i| pattern[i % 3] }.join
