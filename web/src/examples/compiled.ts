// Examples in languages with a compiler: the same two programs in each, so that languages can be compared.
import type { Example } from "./example";

const GUESS = {
  title: { en: "Guess the number", de: "Zahlenraten" },
  about: { en: "A loop, a condition, and input", de: "Schleife, Bedingung und Eingabe" },
};
const TABLE = {
  title: { en: "Times table", de: "Einmaleins" },
  about: { en: "Two loops, one inside the other", de: "Zwei Schleifen ineinander" },
};

export const java: readonly Example[] = [
  {
    ...GUESS,
    code: `import java.util.Random;
import java.util.Scanner;

public class Main {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        int secret = new Random().nextInt(100) + 1;
        int tries = 0;
        int guess = 0;
        System.out.println("I am thinking of a number from 1 to 100.");
        while (guess != secret) {
            System.out.print("Your guess: ");
            guess = in.nextInt();
            tries++;
            if (guess < secret) {
                System.out.println("Too small.");
            } else if (guess > secret) {
                System.out.println("Too big.");
            }
        }
        System.out.println("Right! You needed " + tries + " tries.");
    }
}
`,
  },
  {
    ...TABLE,
    code: `public class Main {
    public static void main(String[] args) {
        for (int row = 1; row <= 10; row++) {
            for (int column = 1; column <= 10; column++) {
                System.out.printf("%4d", row * column);
            }
            System.out.println();
        }
    }
}
`,
  },
  {
    title: { en: "Two classes", de: "Zwei Klassen" },
    about: { en: "Objects, each class in its own file", de: "Objekte, jede Klasse in einer eigenen Datei" },
    code: `public class Main {
    public static void main(String[] args) {
        Account account = new Account("Ada");
        account.deposit(50);
        account.withdraw(20);
        account.withdraw(100);
        System.out.println(account);
    }
}
`,
    files: [
      {
        name: "Account.java",
        content: `public class Account {
    private final String owner;
    private int balance = 0;

    public Account(String owner) {
        this.owner = owner;
    }

    public void deposit(int amount) {
        balance += amount;
    }

    public void withdraw(int amount) {
        if (amount > balance) {
            System.out.println("There is not enough money for " + amount + ".");
            return;
        }
        balance -= amount;
    }

    @Override
    public String toString() {
        return owner + " has " + balance + ".";
    }
}
`,
      },
    ],
  },
];

export const c: readonly Example[] = [
  {
    ...GUESS,
    code: `#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int main(void) {
    srand(time(NULL));
    int secret = rand() % 100 + 1;
    int guess = 0;
    int tries = 0;
    printf("I am thinking of a number from 1 to 100.\\n");
    while (guess != secret) {
        printf("Your guess: ");
        if (scanf("%d", &guess) != 1) {
            return 1;
        }
        tries++;
        if (guess < secret) {
            printf("Too small.\\n");
        } else if (guess > secret) {
            printf("Too big.\\n");
        }
    }
    printf("Right! You needed %d tries.\\n", tries);
    return 0;
}
`,
  },
  {
    ...TABLE,
    code: `#include <stdio.h>

int main(void) {
    for (int row = 1; row <= 10; row++) {
        for (int column = 1; column <= 10; column++) {
            printf("%4d", row * column);
        }
        printf("\\n");
    }
    return 0;
}
`,
  },
];

export const cpp: readonly Example[] = [
  {
    ...GUESS,
    code: `#include <iostream>
#include <random>
using namespace std;

int main() {
    random_device chance;
    int secret = uniform_int_distribution<int>(1, 100)(chance);
    int guess = 0;
    int tries = 0;
    cout << "I am thinking of a number from 1 to 100." << endl;
    while (guess != secret) {
        cout << "Your guess: ";
        if (!(cin >> guess)) {
            return 1;
        }
        tries++;
        if (guess < secret) {
            cout << "Too small." << endl;
        } else if (guess > secret) {
            cout << "Too big." << endl;
        }
    }
    cout << "Right! You needed " << tries << " tries." << endl;
}
`,
  },
  {
    ...TABLE,
    code: `#include <iomanip>
#include <iostream>
using namespace std;

int main() {
    for (int row = 1; row <= 10; row++) {
        for (int column = 1; column <= 10; column++) {
            cout << setw(4) << row * column;
        }
        cout << endl;
    }
}
`,
  },
];

export const go: readonly Example[] = [
  {
    ...GUESS,
    code: `package main

import (
	"fmt"
	"math/rand"
	"time"
)

func main() {
	rand.Seed(time.Now().UnixNano())
	secret := rand.Intn(100) + 1
	guess, tries := 0, 0
	fmt.Println("I am thinking of a number from 1 to 100.")
	for guess != secret {
		fmt.Print("Your guess: ")
		if _, err := fmt.Scan(&guess); err != nil {
			return
		}
		tries++
		if guess < secret {
			fmt.Println("Too small.")
		} else if guess > secret {
			fmt.Println("Too big.")
		}
	}
	fmt.Println("Right! You needed", tries, "tries.")
}
`,
  },
  {
    ...TABLE,
    code: `package main

import "fmt"

func main() {
	for row := 1; row <= 10; row++ {
		for column := 1; column <= 10; column++ {
			fmt.Printf("%4d", row*column)
		}
		fmt.Println()
	}
}
`,
  },
];

export const rust: readonly Example[] = [
  {
    ...TABLE,
    code: `fn main() {
    for row in 1..=10 {
        for column in 1..=10 {
            print!("{:4}", row * column);
        }
        println!();
    }
}
`,
  },
  {
    title: { en: "Sum of numbers", de: "Summe von Zahlen" },
    about: { en: "Reads until an empty line", de: "Liest bis zu einer leeren Zeile" },
    code: `use std::io::{self, BufRead};

fn main() {
    println!("Type numbers, one in each line. An empty line ends it.");
    let mut sum = 0;
    for line in io::stdin().lock().lines() {
        let line = line.expect("a line of text");
        if line.trim().is_empty() {
            break;
        }
        match line.trim().parse::<i64>() {
            Ok(number) => sum += number,
            Err(_) => println!("{line} is not a number."),
        }
    }
    println!("The sum is {sum}.");
}
`,
  },
];
