// Examples in Python.
import type { Example } from "./example";

export const python: readonly Example[] = [
  {
    title: { en: "Guess the number", de: "Zahlenraten" },
    about: { en: "A loop, a condition, and input", de: "Schleife, Bedingung und Eingabe" },
    code: `import random

secret = random.randint(1, 100)
tries = 0

print("I am thinking of a number from 1 to 100.")
while True:
    guess = int(input("Your guess: "))
    tries = tries + 1
    if guess < secret:
        print("Too small.")
    elif guess > secret:
        print("Too big.")
    else:
        print("Right! You needed", tries, "tries.")
        break
`,
  },
  {
    title: { en: "Turtle star", de: "Stern mit der Turtle" },
    about: { en: "Draw with a loop", de: "Zeichnen mit einer Schleife" },
    code: `import turtle

pen = turtle.Turtle()
pen.speed(8)
pen.width(2)

colors = ["royalblue", "seagreen", "darkorange", "red", "purple"]
for step in range(36):
    pen.color(colors[step % len(colors)])
    pen.forward(180)
    pen.left(170)
`,
  },
  {
    title: { en: "Times table", de: "Einmaleins" },
    about: { en: "Two loops, one inside the other", de: "Zwei Schleifen ineinander" },
    code: `size = int(input("Up to which number? "))

for row in range(1, size + 1):
    for column in range(1, size + 1):
        print(f"{row * column:4}", end="")
    print()
`,
  },
  {
    title: { en: "Quiz from a file", de: "Quiz aus einer Datei" },
    about: { en: "Reads a second file; change it in its tab", de: "Liest eine zweite Datei; ändere sie in ihrem Reiter" },
    code: `points = 0
questions = 0

with open("questions.txt") as file:
    for line in file:
        question, answer = line.strip().split(";")
        questions += 1
        if input(question + " ").strip().lower() == answer.lower():
            print("Right!")
            points += 1
        else:
            print("No, it is", answer)

print(f"You have {points} of {questions} points.")
`,
    files: [
      { name: "questions.txt", content: "Which planet is the largest?;Jupiter\nHow many legs has a spider?;8\nWhat is 7 times 8?;56\n" },
    ],
  },
  {
    title: { en: "Caesar cipher", de: "Cäsar-Verschlüsselung" },
    about: { en: "Functions and characters", de: "Funktionen und Zeichen" },
    code: `def shift(text, distance):
    result = ""
    for character in text.upper():
        if "A" <= character <= "Z":
            place = (ord(character) - ord("A") + distance) % 26
            result += chr(ord("A") + place)
        else:
            result += character
    return result


message = input("Your message: ")
key = int(input("Key from 1 to 25: "))

secret = shift(message, key)
print("Secret:", secret)
print("Read again:", shift(secret, -key))
`,
  },
  {
    title: { en: "Dice chart", de: "Würfeldiagramm" },
    about: { en: "Chance, a dictionary, and bars of text", de: "Zufall, ein Wörterbuch und Balken aus Text" },
    code: `import random

throws = int(input("How many throws of two dice? "))
counts = {total: 0 for total in range(2, 13)}

for _ in range(throws):
    counts[random.randint(1, 6) + random.randint(1, 6)] += 1

longest = max(counts.values())
for total, count in counts.items():
    bar = "#" * round(40 * count / longest)
    print(f"{total:2} {bar} {count}")
`,
  },
  {
    title: { en: "Rocket countdown", de: "Countdown" },
    about: { en: "Output while time passes", de: "Ausgabe, während Zeit vergeht" },
    code: `import time

for second in range(10, 0, -1):
    print(f"\\rStart in {second:2} s", end="", flush=True)
    time.sleep(1)
print("\\rLift-off!      ")
`,
  },
];
