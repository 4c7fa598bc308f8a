# Changes how the name is written: the "de" in the middle of one gets a capital.
name = gets.chomp
puts "Hello, #{name.split.map(&:capitalize).join(' ')}! Come in."
