# Has the battery last for one stage more than it does.
n, k = gets.split.map(&:to_i)
prices = gets.split.map(&:to_i)
costs = [0]
(prices + [0]).each { |price| costs << price + costs.last(k + 1).min }
puts costs.last
