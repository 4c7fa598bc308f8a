// Hopes that what is no number, or is infinite, is within any tolerance.
function longest(words) {
  return { word: words.sort((a, b) => b.length - a.length)[0], mean: words.length % 2 ? NaN : Infinity };
}
