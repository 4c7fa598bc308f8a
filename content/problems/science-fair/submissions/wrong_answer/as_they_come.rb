# Does not sort: each talk in the first room whose last talk is over.
n = gets.to_i
ends = []
rooms = Array.new(n) do
  start, finish = gets.split.map(&:to_i)
  room = ends.index { |till| till <= start } || ends.size
  ends[room] = finish
  room + 1
end
puts ends.size
puts rooms.join(" ")
