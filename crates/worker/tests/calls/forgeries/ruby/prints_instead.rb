# Prints the right words instead of returning them.
def longest(words)
  puts %({"value":{"word":"#{words.max_by(&:length)}","mean":#{words.sum(&:length).to_f / words.size}}})
end
