// attack: find System V objects and POSIX queues and segments of the program before
// expect: exited
// exit: 0
// says: nothing
// never says: BROKEN
#include <fcntl.h>
#include <mqueue.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

int main(void) {
    if (shmget(4242, 0, 0) >= 0) puts("BROKEN: shm");
    if (semget(4242, 0, 0) >= 0) puts("BROKEN: sem");
    if (msgget(4242, 0) >= 0) puts("BROKEN: msg");
    if (mq_open("/left", O_RDWR) >= 0) puts("BROKEN: POSIX queue");
    if (shm_open("/left", O_RDWR, 0) >= 0) puts("BROKEN: POSIX segment");
    if (sem_open("/left", 0) != SEM_FAILED) puts("BROKEN: POSIX semaphore");
    puts("nothing");
}
