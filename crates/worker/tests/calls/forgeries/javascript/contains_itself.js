// Returns what never ends.
function longest(words) {
  const endless = { word: 'sandbox' };
  endless.mean = [endless];
  return endless;
}
