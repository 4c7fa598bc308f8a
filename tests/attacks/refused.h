// Tries what must be refused. Each attempt says what it was and which errno it got; one that worked, or failed for another
// reason than it should, says BROKEN.
#pragma once
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define REFUSED(reason, attempt) (errno = 0, refused(#attempt, reason, (long)(attempt)))

__attribute__((unused)) static void refused(const char *attempt, int reason, long answer) {
    if (answer != -1)
        printf("BROKEN: %s is %ld\n", attempt, answer);
    else if (errno != reason)
        printf("BROKEN: %s: %s, and expected was: %s\n", attempt, strerror(errno), strerror(reason));
    else
        printf("%s: %s\n", attempt, strerror(reason));
    fflush(stdout);
}
