// Examples in JavaScript and TypeScript.
import type { Example } from "./example";

export const javascript: readonly Example[] = [
  {
    title: { en: "Guess the number", de: "Zahlenraten" },
    about: { en: "A loop, a condition, and input", de: "Schleife, Bedingung und Eingabe" },
    code: `const readline = require("node:readline/promises");

async function main() {
  const lines = readline.createInterface({ input: process.stdin, output: process.stdout });
  const secret = 1 + Math.floor(Math.random() * 100);
  let tries = 0;
  console.log("I am thinking of a number from 1 to 100.");
  while (true) {
    const guess = Number(await lines.question("Your guess: "));
    tries = tries + 1;
    if (guess < secret) console.log("Too small.");
    else if (guess > secret) console.log("Too big.");
    else break;
  }
  console.log("Right! You needed " + tries + " tries.");
  lines.close();
}

main();
`,
  },
  {
    title: { en: "Times table", de: "Einmaleins" },
    about: { en: "Two loops, one inside the other", de: "Zwei Schleifen ineinander" },
    code: `for (let row = 1; row <= 10; row++) {
  let line = "";
  for (let column = 1; column <= 10; column++) {
    line += String(row * column).padStart(4);
  }
  console.log(line);
}
`,
  },
  {
    title: { en: "Words of a text", de: "Wörter eines Textes" },
    about: { en: "Arrays, a map, and sorting", de: "Felder, eine Zuordnung und Sortieren" },
    code: `const text = "the cat sees the dog and the dog sees the cat";

const counts = new Map();
for (const word of text.split(" ")) {
  counts.set(word, (counts.get(word) ?? 0) + 1);
}

const sorted = [...counts].sort((a, b) => b[1] - a[1]);
for (const [word, count] of sorted) {
  console.log(word.padEnd(6), "#".repeat(count));
}
`,
  },
];

export const typescript: readonly Example[] = [
  {
    title: { en: "Shapes", de: "Figuren" },
    about: { en: "Types that tell shapes apart", de: "Typen, die Figuren unterscheiden" },
    code: `type Shape =
  | { kind: "circle"; radius: number }
  | { kind: "rectangle"; width: number; height: number };

function area(shape: Shape): number {
  switch (shape.kind) {
    case "circle":
      return Math.PI * shape.radius ** 2;
    case "rectangle":
      return shape.width * shape.height;
  }
}

const shapes: Shape[] = [
  { kind: "circle", radius: 2 },
  { kind: "rectangle", width: 3, height: 4 },
];

for (const shape of shapes) {
  console.log(shape.kind, area(shape).toFixed(1));
}
`,
  },
  {
    title: { en: "Times table", de: "Einmaleins" },
    about: { en: "Two loops, one inside the other", de: "Zwei Schleifen ineinander" },
    code: `const size: number = 10;

for (let row = 1; row <= size; row++) {
  let line = "";
  for (let column = 1; column <= size; column++) {
    line += String(row * column).padStart(4);
  }
  console.log(line);
}
`,
  },
];
