// Examples in scripting languages.
import type { Example } from "./example";

const GUESS = {
  title: { en: "Guess the number", de: "Zahlenraten" },
  about: { en: "A loop, a condition, and input", de: "Schleife, Bedingung und Eingabe" },
};
const TABLE = {
  title: { en: "Times table", de: "Einmaleins" },
  about: { en: "Two loops, one inside the other", de: "Zwei Schleifen ineinander" },
};

export const ruby: readonly Example[] = [
  {
    ...GUESS,
    code: `secret = rand(1..100)
tries = 0

puts "I am thinking of a number from 1 to 100."
loop do
  print "Your guess: "
  guess = gets.to_i
  tries += 1
  if guess < secret
    puts "Too small."
  elsif guess > secret
    puts "Too big."
  else
    puts "Right! You needed #{tries} tries."
    break
  end
end
`,
  },
  {
    ...TABLE,
    code: `(1..10).each do |row|
  puts (1..10).map { |column| (row * column).to_s.rjust(4) }.join
end
`,
  },
];

export const php: readonly Example[] = [
  {
    ...GUESS,
    code: `<?php
$secret = random_int(1, 100);
$tries = 0;

echo "I am thinking of a number from 1 to 100.\\n";
do {
    echo "Your guess: ";
    $guess = (int) fgets(STDIN);
    $tries++;
    if ($guess < $secret) {
        echo "Too small.\\n";
    } elseif ($guess > $secret) {
        echo "Too big.\\n";
    }
} while ($guess !== $secret);
echo "Right! You needed $tries tries.\\n";
`,
  },
  {
    ...TABLE,
    code: `<?php
for ($row = 1; $row <= 10; $row++) {
    for ($column = 1; $column <= 10; $column++) {
        echo str_pad($row * $column, 4, " ", STR_PAD_LEFT);
    }
    echo "\\n";
}
`,
  },
];

export const lua: readonly Example[] = [
  {
    ...GUESS,
    code: `math.randomseed(os.time())
local secret = math.random(100)
local tries = 0
local guess

print("I am thinking of a number from 1 to 100.")
repeat
  io.write("Your guess: ")
  guess = io.read("n")
  tries = tries + 1
  if guess < secret then
    print("Too small.")
  elseif guess > secret then
    print("Too big.")
  end
until guess == secret
print("Right! You needed " .. tries .. " tries.")
`,
  },
  {
    ...TABLE,
    code: `for row = 1, 10 do
  local line = ""
  for column = 1, 10 do
    line = line .. string.format("%4d", row * column)
  end
  print(line)
end
`,
  },
];

export const perl: readonly Example[] = [
  {
    ...GUESS,
    code: `use strict;
use warnings;

my $secret = 1 + int(rand(100));
my $guess  = 0;
my $tries  = 0;

print "I am thinking of a number from 1 to 100.\\n";
while ($guess != $secret) {
    print "Your guess: ";
    $guess = <STDIN>;
    last unless defined $guess;
    $tries++;
    if    ($guess < $secret) { print "Too small.\\n"; }
    elsif ($guess > $secret) { print "Too big.\\n"; }
    else                     { print "Right! You needed $tries tries.\\n"; }
}
`,
  },
  {
    ...TABLE,
    code: `for my $row (1 .. 10) {
    printf "%4d", $row * $_ for 1 .. 10;
    print "\\n";
}
`,
  },
];

export const bash: readonly Example[] = [
  {
    ...GUESS,
    code: `secret=$((RANDOM % 100 + 1))
tries=0

echo "I am thinking of a number from 1 to 100."
while read -p "Your guess: " guess; do
  tries=$((tries + 1))
  if [ "$guess" -lt "$secret" ]; then
    echo "Too small."
  elif [ "$guess" -gt "$secret" ]; then
    echo "Too big."
  else
    echo "Right! You needed $tries tries."
    break
  fi
done
`,
  },
  {
    ...TABLE,
    code: `for row in {1..10}; do
  for column in {1..10}; do
    printf "%4d" $((row * column))
  done
  echo
done
`,
  },
];
