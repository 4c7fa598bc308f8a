// Knows the answer.
function longest(words) {
  const word = words.reduce((best, word) => (word.length > best.length ? word : best));
  return { word, mean: words.join('').length / words.length };
}
