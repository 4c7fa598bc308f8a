// attack: find System V objects and POSIX queues and segments of the program before
// expect: exited 0
// says: shm_open
#include "refused.h"
#include <fcntl.h>
#include <mqueue.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

int main(void) {
    REFUSED(ENOENT, shmget(4242, 0, 0));
    REFUSED(ENOENT, semget(4242, 0, 0));
    REFUSED(ENOENT, msgget(4242, 0));
    REFUSED(ENOENT, mq_open("/left", O_RDWR));
    REFUSED(ENOENT, shm_open("/left", O_RDWR, 0));
}
