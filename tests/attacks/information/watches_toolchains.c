// attack: hear by inotify what neighbours compile and import, and what the host runs
// expect: exited 0
// says: watched
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

int main(void) {
    static const char *folders[] = {"/usr/bin", "/usr/lib", "/usr/include", "/usr/include/linux", "/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib/python3", "/usr/lib/python3.11", "/usr/bin/bash", "/usr/bin/true"};
    static char events[65536];
    int watches = inotify_init1(IN_NONBLOCK), added = 0;
    // Where toolchains have no inodes of their own, nobody may watch.
    if (watches < 0 && errno == ENOSYS) return puts("watched: refused"), 0;
    for (unsigned i = 0; i < sizeof folders / sizeof *folders; i++) added += inotify_add_watch(watches, folders[i], IN_ALL_EVENTS) > 0;
    for (time_t end = time(0) + 3; time(0) < end;) {
        struct pollfd waiting = {watches, POLLIN, 0};
        poll(&waiting, 1, 200);
        long heard = read(watches, events, sizeof events);
        for (long at = 0; at < heard; at += sizeof(struct inotify_event) + ((struct inotify_event *)(events + at))->len) {
            struct inotify_event *event = (void *)(events + at);
            printf("BROKEN: %#x of %s\n", event->mask, event->len ? event->name : "itself");
        }
    }
    printf(added > 3 ? "watched\n" : "BROKEN: %d watches\n", added);
}
