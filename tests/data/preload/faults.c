/* Faults at an exact place, for LD_PRELOAD: what a kill or a signal at a random moment meets once in a thousand times.

   FAULT_AT=N counts calls of one kind, FAULT says which and what happens at the Nth:
     torn    write() to journal.jsonl writes a random prefix (FAULT_SEED), then SIGKILL: a torn line
     write   write() to journal.jsonl writes one half, a signal (FAULT_SIGNAL) comes, the caller has to write the rest
     fsync   the signal comes as fsync() of journal.jsonl begins
     report  the signal comes, after FAULT_PAUSE milliseconds, as fsync() of a report (*.new) begins
*/
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int calls;

static int number(const char *name) {
    const char *text = getenv(name);
    return text ? atoi(text) : 0;
}

static int due(const char *kind) {
    const char *wanted = getenv("FAULT");
    return wanted && !strcmp(wanted, kind) && ++calls == number("FAULT_AT");
}

/* Whether the descriptor is of a file whose path ends so. */
static int is(int descriptor, const char *end) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < (ssize_t)strlen(end)) return 0;
    path[length] = 0;
    return !strcmp(path + length - strlen(end), end);
}

ssize_t write(int descriptor, const void *data, size_t size) {
    ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
    if (is(descriptor, "/journal.jsonl")) {
        if (due("torn")) {
            srand(number("FAULT_SEED"));
            real(descriptor, data, rand() % size);
            kill(getpid(), SIGKILL);
        }
        if (size > 1 && due("write")) {
            ssize_t written = real(descriptor, data, size / 2);
            kill(getpid(), number("FAULT_SIGNAL"));
            return written;
        }
    }
    return real(descriptor, data, size);
}

int fsync(int descriptor) {
    int (*real)(int) = dlsym(RTLD_NEXT, "fsync");
    if (is(descriptor, "/journal.jsonl") && due("fsync")) kill(getpid(), number("FAULT_SIGNAL"));
    if (is(descriptor, ".new") && due("report")) {
        usleep(1000 * number("FAULT_PAUSE"));
        kill(getpid(), number("FAULT_SIGNAL"));
    }
    return real(descriptor);
}
