n = gets.to_i
broken = gets.chomp
password = ""
# Make up a good password.

puts password
