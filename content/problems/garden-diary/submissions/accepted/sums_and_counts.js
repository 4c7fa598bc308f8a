function mean_heights(diary) {
  const sums = {};
  const counts = {};
  for (const [plant, height] of diary) {
    sums[plant] = (sums[plant] ?? 0) + height;
    counts[plant] = (counts[plant] ?? 0) + 1;
  }
  const result = {};
  for (const plant in sums) result[plant] = sums[plant] / counts[plant];
  return result;
}
