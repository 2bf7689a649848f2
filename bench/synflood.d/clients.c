// Legitimate clients: each connects, requests a page, reads it to the end, waits, and repeats. One more client reads a
// stream. Prints requests a second, the number of requests, failures, median and 99th percentile of a request's time in
// ms, and the stream's MB/s.
//
// usage: clients ADDRESS PORT STREAM_PORT COUNT PAUSE_MS SECONDS
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CLIENTS = 64, MAX_TIMES = 1 << 20, TIMEOUT_SECONDS = 3 };

static struct sockaddr_in server;
static int stream_port, pause_ms, seconds;
static atomic_int count_of_times, failures;
static atomic_long streamed;
static float times[MAX_TIMES];
static double start;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int open_to(int port)
{
    const struct timeval limit = {.tv_sec = TIMEOUT_SECONDS};
    struct sockaddr_in to = server;
    to.sin_port = htons((unsigned short)port);
    const int s = socket(AF_INET, SOCK_STREAM, 0);
    // The send timeout also applies to connect.
    setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (connect(s, (struct sockaddr *)&to, sizeof to) == 0)
        return s;
    close(s);
    return -1;
}

static int request(int port)
{
    static const char head[] = "GET / HTTP/1.1\r\nHost: stack\r\nConnection: close\r\n\r\n";
    char answer[16384];
    long bytes = 0;
    const int s = open_to(port);
    if (s < 0)
        return 0;
    int ok = send(s, head, sizeof head - 1, MSG_NOSIGNAL) == (long)sizeof head - 1;
    while (ok) {
        const long got = recv(s, answer + (bytes < 12 ? bytes : 12), sizeof answer - 12, 0);
        if (got <= 0) {
            ok = got == 0 && bytes >= 12 && memcmp(answer, "HTTP/1.1 200", 12) == 0;
            break;
        }
        bytes += got;
    }
    close(s);
    return ok;
}

static void *ask(void *port)
{
    while (now() - start < seconds) {
        const double begin = now();
        if (!request((int)(long)port)) {
            atomic_fetch_add(&failures, 1);
        } else {
            const int i = atomic_fetch_add(&count_of_times, 1);
            if (i < MAX_TIMES)
                times[i] = (float)((now() - begin) * 1e3);
        }
        nanosleep(&(struct timespec){.tv_nsec = pause_ms * 1000000L}, NULL);
    }
    return NULL;
}

// Sleeps a tenth of a millisecond after each piece, so that it does not use a whole CPU.
static void *read_stream(void *unused)
{
    static char buffer[1 << 18];
    (void)unused;
    while (now() - start < seconds) {
        const int s = open_to(stream_port);
        if (s < 0) {
            atomic_fetch_add(&failures, 1);
            continue;
        }
        for (long got = 1; got > 0 && now() - start < seconds;) {
            got = recv(s, buffer, sizeof buffer, 0);
            if (got > 0)
                atomic_fetch_add(&streamed, got);
            nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
        }
        close(s);
    }
    return NULL;
}

static int compare(const void *a, const void *b)
{
    return (*(const float *)a > *(const float *)b) - (*(const float *)a < *(const float *)b);
}

int main(int argc, char **argv)
{
    pthread_t threads[MAX_CLIENTS + 1];
    server.sin_family = AF_INET;
    if (argc != 7 || inet_pton(AF_INET, argv[1], &server.sin_addr) != 1) {
        fprintf(stderr, "usage: clients ADDRESS PORT STREAM_PORT COUNT PAUSE_MS SECONDS\n");
        return 64;
    }
    const int port = atoi(argv[2]), count = atoi(argv[4]);
    stream_port = atoi(argv[3]);
    pause_ms = atoi(argv[5]);
    seconds = atoi(argv[6]);
    if (count < 1 || count > MAX_CLIENTS || pause_ms < 0 || pause_ms > 999 || seconds < 1 || seconds > 999)
        return 64;
    start = now();
    for (int i = 0; i < count; i++)
        pthread_create(&threads[i], NULL, ask, (void *)(long)port);
    pthread_create(&threads[count], NULL, read_stream, NULL);
    for (int i = 0; i <= count; i++)
        pthread_join(threads[i], NULL);
    const double elapsed = now() - start;
    const int done = count_of_times, kept = done < MAX_TIMES ? done : MAX_TIMES;
    qsort(times, (size_t)kept, sizeof *times, compare);
    printf(
        "%.1f %d %d %.2f %.2f %.1f\n", done / elapsed, done, failures, kept ? times[kept / 2] : 0, kept ? times[kept * 99 / 100] : 0,
        (double)streamed / elapsed / 1e6);
    return 0;
}
