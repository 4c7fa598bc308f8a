// First program of each language: it asks for a name, so that typing into the output is found at once.
import { type Project, project } from "./project";

export interface StarterWords {
  readonly ask: string;
  readonly hello: string;
}

interface Starter {
  readonly id: string;
  readonly name: string;
  readonly mainFile: string;
  /** A call that writes something, for people whose program is silent. */
  readonly write: string;
  readonly code: (words: StarterWords) => string;
}

export const FIRST_LANGUAGE = "python";

export const STARTERS: readonly Starter[] = [
  {
    id: "python",
    name: "Python",
    mainFile: "main.py",
    write: "print(…)",
    code: ({ ask, hello }) => `name = input("${ask}")\nprint("${hello},", name)\n`,
  },
  {
    id: "javascript",
    name: "JavaScript",
    mainFile: "main.js",
    write: "console.log(…)",
    code: ({ ask, hello }) => `const readline = require("node:readline/promises");

async function main() {
  const lines = readline.createInterface({ input: process.stdin, output: process.stdout });
  const name = await lines.question("${ask}");
  console.log("${hello}, " + name);
  lines.close();
}

main();
`,
  },
  {
    id: "typescript",
    name: "TypeScript",
    mainFile: "main.ts",
    write: "console.log(…)",
    code: ({ hello }) => `function greet(name: string): string {
  return "${hello}, " + name;
}

console.log(greet("Ada"));
`,
  },
  {
    id: "java",
    name: "Java",
    mainFile: "Main.java",
    write: "System.out.println(…)",
    code: ({ ask, hello }) => `import java.util.Scanner;

public class Main {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        System.out.print("${ask}");
        String name = in.nextLine();
        System.out.println("${hello}, " + name);
    }
}
`,
  },
  {
    id: "c",
    name: "C",
    mainFile: "main.c",
    write: "printf(…)",
    code: ({ ask, hello }) => `#include <stdio.h>

int main(void) {
    char name[50];
    printf("${ask}");
    scanf("%49s", name);
    printf("${hello}, %s\\n", name);
    return 0;
}
`,
  },
  {
    id: "cpp",
    name: "C++",
    mainFile: "main.cpp",
    write: "std::cout << …",
    code: ({ ask, hello }) => `#include <iostream>
#include <string>
using namespace std;

int main() {
    string name;
    cout << "${ask}";
    getline(cin, name);
    cout << "${hello}, " << name << endl;
}
`,
  },
  {
    id: "go",
    name: "Go",
    mainFile: "main.go",
    write: "fmt.Println(…)",
    code: ({ ask, hello }) => `package main

import "fmt"

func main() {
	var name string
	fmt.Print("${ask}")
	fmt.Scan(&name)
	fmt.Println("${hello}, " + name)
}
`,
  },
  {
    id: "rust",
    name: "Rust",
    mainFile: "main.rs",
    write: "println!(…)",
    code: ({ ask, hello }) => `use std::io;

fn main() {
    println!("${ask.trim()}");
    let mut name = String::new();
    io::stdin().read_line(&mut name).expect("a line");
    println!("${hello}, {}", name.trim());
}
`,
  },
  {
    id: "ruby",
    name: "Ruby",
    mainFile: "main.rb",
    write: "puts …",
    code: ({ ask, hello }) => `print "${ask}"\nname = gets.chomp\nputs "${hello}, #{name}"\n`,
  },
  {
    id: "php",
    name: "PHP",
    mainFile: "main.php",
    write: "echo …",
    code: ({ ask, hello }) => `<?php
echo "${ask}";
$name = trim(fgets(STDIN));
echo "${hello}, $name\\n";
`,
  },
  {
    id: "lua",
    name: "Lua",
    mainFile: "main.lua",
    write: "print(…)",
    code: ({ ask, hello }) => `io.write("${ask}")\nlocal name = io.read()\nprint("${hello}, " .. name)\n`,
  },
  {
    id: "perl",
    name: "Perl",
    mainFile: "main.pl",
    write: "print …",
    code: ({ ask, hello }) => `use strict;
use warnings;

print "${ask}";
my $name = <STDIN>;
chomp $name;
print "${hello}, $name\\n";
`,
  },
  {
    id: "bash",
    name: "Bash",
    mainFile: "main.sh",
    write: "echo …",
    code: ({ ask, hello }) => `read -p "${ask}" name\necho "${hello}, $name"\n`,
  },
];

/** The first program of a language; an empty one in a language that this page does not know. */
export function starterProject(language: string, words: StarterWords, fallbackFile = "main.txt"): Project {
  const starter = STARTERS.find(({ id }) => id === language);
  return project(language, starter?.mainFile ?? fallbackFile, starter?.code(words) ?? "");
}
