// attack: take turns on the processors from init, or give it so few that no limit is kept, and leave the core one is held to
// expect: exited 0
// says: sched_setaffinity
// says: setpriority(PRIO_USER
#define _GNU_SOURCE
#include "refused.h"
#include <sched.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>

int main(void) {
    struct sched_param usual = {0}, high = {50};
    cpu_set_t all;
    memset(&all, 0xff, sizeof all);
    REFUSED(EPERM, setpriority(PRIO_PROCESS, 1, 19));
    REFUSED(EPERM, setpriority(PRIO_PGRP, 1, 19));
    REFUSED(EPERM, setpriority(PRIO_USER, 0, 19));
    REFUSED(EPERM, sched_setscheduler(1, SCHED_IDLE, &usual));
    REFUSED(EPERM, sched_setscheduler(0, SCHED_FIFO, &high));
    REFUSED(EPERM, sched_setscheduler(0, SCHED_RR, &high));
    REFUSED(EPERM, sched_setparam(1, &usual));
    REFUSED(ENOSYS, syscall(SYS_sched_setattr, 0, &usual, 0));
    REFUSED(EPERM, sched_setaffinity(0, sizeof all, &all));
    REFUSED(EPERM, sched_setaffinity(1, sizeof all, &all));
    fflush(stdout);
    if (fork() == 0) {
        REFUSED(EPERM, sched_setaffinity(0, sizeof all, &all));
        _exit(0);
    }
    wait(NULL);
    if (sched_setscheduler(0, SCHED_BATCH, &usual) || setpriority(PRIO_PROCESS, 0, 1)) puts("BROKEN: giving way is refused");
}
