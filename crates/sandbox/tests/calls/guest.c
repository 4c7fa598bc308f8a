// Makes the calls that it is told, each in a process of its own, and says what came of each.
//
// A line of input is how to call (s: as programs of this machine do, i: as 32-bit ones do), a number, and six arguments; a
// line of output is the first two again and `done`, `errno` with which, `signal` with which, or `exited` with a code.

#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static long call(char how, unsigned long number, const unsigned long *a) {
#if defined(__x86_64__)
  long result;
  if (how == 'i') {
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a[0]), "c"(a[1]), "d"(a[2]) : "memory");
    return (int)result;
  }
  register unsigned long a3 __asm__("r10") = a[3], a4 __asm__("r8") = a[4], a5 __asm__("r9") = a[5];
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(a3), "r"(a4), "r"(a5)
                   : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  (void)how;
  register unsigned long x8 __asm__("x8") = number, x1 __asm__("x1") = a[1], x2 __asm__("x2") = a[2];
  register unsigned long x3 __asm__("x3") = a[3], x4 __asm__("x4") = a[4], x5 __asm__("x5") = a[5];
  register unsigned long x0 __asm__("x0") = a[0];
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return (long)x0;
#endif
}

static void try(char how, unsigned long number, const unsigned long *arguments) {
  int pipes[2];
  if (pipe(pipes) != 0) exit(1);
  pid_t child = fork();
  if (child < 0) exit(2);
  if (child == 0) {
    alarm(1);  // Some wait for ever.
    long result = call(how, number, arguments);
    _exit(write(pipes[1], &result, sizeof result) != sizeof result);
  }
  close(pipes[1]);
  int status;
  waitpid(child, &status, 0);
  long result = 0;
  int told = read(pipes[0], &result, sizeof result) == sizeof result;
  close(pipes[0]);
  printf("%c %lu ", how, number);
  if (told && result < 0 && result > -4096) printf("errno %ld\n", -result);
  else if (told) printf("done\n");
  else if (WIFSIGNALED(status)) printf("signal %d\n", WTERMSIG(status));
  else printf("exited %d\n", WEXITSTATUS(status));
}

int main(void) {
  char how;
  unsigned long number, a[6];
  setvbuf(stdout, NULL, _IOFBF, 1 << 20);
  while (scanf(" %c %lu %lu %lu %lu %lu %lu %lu", &how, &number, a, a + 1, a + 2, a + 3, a + 4, a + 5) == 8) {
    fflush(stdout);
    try(how, number, a);
  }
  return 0;
}
