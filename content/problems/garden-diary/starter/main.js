function mean_heights(diary) {
  const sums = {};
  for (const [plant, height] of diary) {
    // What should happen with each entry?
  }
  return sums;
}
