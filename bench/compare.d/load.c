/*
 * The load generator: kernel sockets, one thread, the same against every stack.
 *
 *   load ADDRESS up SECONDS STREAMS         sends data to discard: Gbit/s
 *   load ADDRESS down SECONDS STREAMS       reads data from chargen: Gbit/s
 *   load ADDRESS pingpong SECONDS SIZE      echoed messages: median and 99th percentile of the round trip, microseconds
 *   load ADDRESS crr SECONDS CONCURRENCY    connect, request, response, close by the server: connections a second
 *   load ADDRESS keep SECONDS CONNECTIONS   requests on persistent connections: requests a second
 *   load ADDRESS check SECONDS PORT         waits until a server listens
 *
 * Exits with 1 after any error, and prints it.
 */
#define _GNU_SOURCE
#include "services.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PIECE = 128 * 1024, MAX_CONNECTIONS = 1024, MAX_SAMPLES = 4 * 1000 * 1000, TIMEOUT_MS = 5000 };

static const char GET[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
static const char GET_CLOSE[] = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

static struct sockaddr_in server;
static char buffer[PIECE];

struct connection {
    int socket;
    int expected; /* bytes of the response that are still to come; -1 before the first */
};

static struct connection connections[MAX_CONNECTIONS];

static void fail(const char *what)
{
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* Opens a connection. A blocking socket is established on return; a nonblocking one is still connecting. */
static int open_to(int port, int flags)
{
    struct sockaddr_in address = server;
    int one = 1;
    int s = socket(AF_INET, SOCK_STREAM | flags, 0);
    if (s < 0)
        fail("socket");
    address.sin_port = htons((unsigned short)port);
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    /* BBR, where it is the default, paces a stream far below what the path carries. */
    setsockopt(s, IPPROTO_TCP, TCP_CONGESTION, "reno", 4);
    if (connect(s, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS)
        fail("connect");
    return s;
}

static void watch(int epoll, int s, int index, unsigned events, int operation)
{
    struct epoll_event event = {.events = events, .data.u32 = (unsigned)index};
    if (epoll_ctl(epoll, operation, s, &event) < 0)
        fail("epoll_ctl");
}

static void bulk(int is_up, double seconds, int streams)
{
    int epoll = epoll_create1(0);
    struct epoll_event events[MAX_CONNECTIONS];
    double settle = seconds / 4, start, end, time;
    long long total = 0;
    for (int i = 0; i < streams; i++) {
        connections[i].socket = open_to(is_up ? PORT_DISCARD : PORT_CHARGEN, 0);
        watch(epoll, connections[i].socket, i, is_up ? EPOLLOUT : EPOLLIN, EPOLL_CTL_ADD);
    }
    start = now();
    end = start + settle + seconds;
    for (int is_counted = 0; (time = now()) < end;) {
        int count = epoll_wait(epoll, events, streams, TIMEOUT_MS);
        if (count == 0) {
            errno = ETIMEDOUT;
            fail("bulk");
        }
        if (!is_counted && time - start >= settle) {
            is_counted = 1;
            total = 0;
            end = time + seconds;
            start = time;
        }
        for (int i = 0; i < count; i++) {
            int s = connections[events[i].data.u32].socket;
            ssize_t moved = is_up ? send(s, buffer, PIECE, MSG_DONTWAIT | MSG_NOSIGNAL) : recv(s, buffer, PIECE, MSG_DONTWAIT);
            if (moved > 0)
                total += moved;
            else if (moved == 0 || errno != EAGAIN)
                fail("bulk");
        }
    }
    printf("%.3f\n", (double)total * 8e-9 / (time - start));
}

static int by_value(const void *one, const void *other)
{
    float a = *(const float *)one, b = *(const float *)other;
    return (a > b) - (a < b);
}

static void pingpong(double seconds, int size)
{
    float *samples = malloc(sizeof(float) * MAX_SAMPLES);
    int s = open_to(PORT_ECHO, 0), count = 0;
    struct timeval timeout = {.tv_sec = 5};
    double start = now(), end = start + seconds * 1.25, sent;
    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    while ((sent = now()) < end && count < MAX_SAMPLES) {
        double back;
        if (send(s, buffer, (size_t)size, MSG_NOSIGNAL) != size)
            fail("send");
        for (int left = size; left > 0;) {
            ssize_t got = recv(s, buffer, (size_t)left, 0);
            if (got <= 0)
                fail("receive");
            left -= (int)got;
        }
        back = now();
        if (sent - start >= seconds / 4)
            samples[count++] = (float)((back - sent) * 1e6);
    }
    if (count == 0)
        fail("ping-pong without a round trip");
    qsort(samples, (size_t)count, sizeof(float), by_value);
    printf("%.2f %.2f\n", (double)samples[count / 2], (double)samples[(long)count * 99 / 100]);
}

/* Opens connection i, and adds it to epoll. */
static void start_connection(int epoll, int i)
{
    connections[i].socket = open_to(PORT_HTTP, SOCK_NONBLOCK);
    connections[i].expected = -1;
    watch(epoll, connections[i].socket, i, EPOLLOUT, EPOLL_CTL_ADD);
}

static void request(int s, int is_close)
{
    const char *head = is_close ? GET_CLOSE : GET;
    ssize_t length = is_close ? (ssize_t)sizeof GET_CLOSE - 1 : (ssize_t)sizeof GET - 1;
    if (send(s, head, (size_t)length, MSG_NOSIGNAL) != length)
        fail("send");
}

/* Length in bytes of the whole response that starts in the buffer. */
static int response_length(ssize_t got)
{
    static const char field[] = "Content-Length:";
    char *end = memmem(buffer, (size_t)got, "\r\n\r\n", 4);
    char *length = end == NULL ? NULL : memmem(buffer, (size_t)(end - buffer), field, sizeof field - 1);
    if (length == NULL || memcmp(buffer, "HTTP/1.1 200", 12) != 0) {
        errno = EPROTO;
        fail("response");
    }
    return (int)(end - buffer) + 4 + atoi(length + sizeof field - 1);
}

/*
 * Reads the available data. True when a response is complete; with is_close, when the server has also closed after it.
 */
static int is_answered(struct connection *connection, int is_close)
{
    for (;;) {
        ssize_t got = recv(connection->socket, buffer, sizeof buffer, MSG_DONTWAIT);
        if (got < 0 && errno == EAGAIN)
            return 0;
        if (got < 0)
            fail("receive");
        if (got == 0) {
            if (is_close && connection->expected == 0)
                return 1;
            errno = ECONNRESET;
            fail("end before the response");
        }
        if (connection->expected < 0)
            connection->expected = response_length(got);
        connection->expected -= (int)got;
        if (!is_close && connection->expected == 0)
            return 1;
    }
}

static void http(int is_close, double seconds, int concurrency)
{
    int epoll = epoll_create1(0), is_counted = 0;
    struct epoll_event events[MAX_CONNECTIONS];
    double settle = seconds / 4, start = now(), end = start + settle + seconds, time;
    long done = 0;
    for (int i = 0; i < concurrency; i++)
        start_connection(epoll, i);
    while ((time = now()) < end) {
        int count = epoll_wait(epoll, events, concurrency, TIMEOUT_MS);
        if (count == 0) {
            errno = ETIMEDOUT;
            fail("http");
        }
        if (!is_counted && time - start >= settle) {
            is_counted = 1;
            done = 0;
            end = time + seconds;
            start = time;
        }
        for (int e = 0; e < count; e++) {
            int i = (int)events[e].data.u32;
            struct connection *connection = &connections[i];
            if (events[e].events & EPOLLOUT) {
                request(connection->socket, is_close);
                watch(epoll, connection->socket, i, EPOLLIN, EPOLL_CTL_MOD);
            } else if (is_answered(connection, is_close)) {
                done++;
                if (is_close) {
                    close(connection->socket);
                    start_connection(epoll, i);
                } else {
                    connection->expected = -1;
                    request(connection->socket, 0);
                }
            }
        }
    }
    printf("%.0f\n", (double)done / (time - start));
}

/* Waits until a server listens at the port. */
static void check(double seconds, int port)
{
    double end = now() + seconds;
    for (;;) {
        struct sockaddr_in address = server;
        struct timeval timeout = {.tv_sec = 1};
        int s = socket(AF_INET, SOCK_STREAM, 0);
        address.sin_port = htons((unsigned short)port);
        setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
        if (connect(s, (struct sockaddr *)&address, sizeof address) == 0)
            return;
        if (now() > end)
            fail("no server listens");
        close(s);
        usleep(20 * 1000);
    }
}

int main(int count, char **arguments)
{
    signal(SIGPIPE, SIG_IGN);
    server.sin_family = AF_INET;
    if (count != 5 || inet_pton(AF_INET, arguments[1], &server.sin_addr) != 1) {
        fputs("usage: load ADDRESS up|down|pingpong|crr|keep|check SECONDS NUMBER\n", stderr);
        return 64;
    }
    const char *mode = arguments[2];
    double seconds = atof(arguments[3]);
    int number = atoi(arguments[4]);
    if (number < 1 || (number > MAX_CONNECTIONS && strcmp(mode, "check") != 0 && strcmp(mode, "pingpong") != 0) || number > PIECE) {
        fputs("load: the number is out of range\n", stderr);
        return 64;
    }
    if (strcmp(mode, "up") == 0 || strcmp(mode, "down") == 0)
        bulk(mode[0] == 'u', seconds, number);
    else if (strcmp(mode, "pingpong") == 0)
        pingpong(seconds, number);
    else if (strcmp(mode, "crr") == 0 || strcmp(mode, "keep") == 0)
        http(mode[0] == 'c', seconds, number);
    else if (strcmp(mode, "check") == 0)
        check(seconds, number);
    else
        return 64;
    fflush(stdout);
    /* The kernel closes all sockets. */
    _exit(0);
}
