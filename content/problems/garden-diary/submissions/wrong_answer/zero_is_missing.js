// A height of 0 counts as false, so that entry is left out.
function mean_heights(diary) {
  const heights = {};
  for (const [plant, height] of diary) {
    if (!height) continue;
    (heights[plant] ??= []).push(height);
  }
  const result = {};
  for (const plant in heights) {
    result[plant] = heights[plant].reduce((a, b) => a + b, 0) / heights[plant].length;
  }
  return result;
}
