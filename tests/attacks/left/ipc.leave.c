// attack: leave System V objects and POSIX queues and segments, which outlive processes
// expect: exited 0
// says: left
#include <fcntl.h>
#include <mqueue.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

int main(void) {
    int left = 0;
    left += shmget(4242, 4096, IPC_CREAT | 0666) >= 0;
    left += semget(4242, 1, IPC_CREAT | 0666) >= 0;
    left += msgget(4242, IPC_CREAT | 0666) >= 0;
    left += mq_open("/left", O_CREAT | O_RDWR, 0666, 0) >= 0;
    left += shm_open("/left", O_CREAT | O_RDWR, 0666) >= 0;
    left += sem_open("/left", O_CREAT, 0666, 1) != SEM_FAILED;
    printf("left %d\n", left);
}
