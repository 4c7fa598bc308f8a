// Tries what must be refused. Each attempt says what it was and what came of it; one that worked, or failed for another reason
// than it should, says BROKEN.
#pragma once
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define REFUSED(reason, attempt) (errno = 0, refused(#attempt, reason, (long)(attempt)))

// For calls that end whoever makes them, which is a child here.
#define LETHAL(attempt)             \
    do {                            \
        pid_t child = fork();       \
        if (child == 0) {           \
            (void)!(attempt);       \
            _exit(0);               \
        }                           \
        died(#attempt, child);      \
    } while (0)

__attribute__((unused)) static void refused(const char *attempt, int reason, long answer) {
    if (answer != -1)
        printf("BROKEN: %s is %ld\n", attempt, answer);
    else if (errno != reason)
        printf("BROKEN: %s: %s, and expected was: %s\n", attempt, strerror(errno), strerror(reason));
    else
        printf("%s: %s\n", attempt, strerror(reason));
    fflush(stdout);
}

__attribute__((unused)) static void died(const char *attempt, pid_t child) {
    int status = 0;
    int is_dead = waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
    printf(is_dead ? "%s: killed\n" : "BROKEN: %s did not kill: %#x\n", attempt, status);
    fflush(stdout);
}
