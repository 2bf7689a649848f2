/*
 * One flow over kernel sockets for a number of seconds from the connect on, the same against every stack.
 *
 *   flow ADDRESS down SECONDS CONTROL       reads from chargen
 *   flow ADDRESS up SECONDS CONTROL         writes to discard, with this congestion control
 *
 * Prints the bytes received by the end (or, when it writes, the bytes acknowledged), and how many segments this end has
 * retransmitted. Ends with a RST, so that the server stops. Exits with 1, and prints the error, when there was no
 * connection.
 */
#include "../compare.d/services.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PIECE = 128 * 1024 };

static char buffer[PIECE];

static void fail(const char *what)
{
    fprintf(stderr, "flow: %s: %s\n", what, strerror(errno));
    exit(1);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static int open_to(const char *host, int port, const char *control)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    struct linger abort = {.l_onoff = 1};
    int s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (s < 0 || inet_pton(AF_INET, host, &address.sin_addr) != 1)
        fail(host);
    setsockopt(s, SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
    if (setsockopt(s, IPPROTO_TCP, TCP_CONGESTION, control, (socklen_t)strlen(control)) < 0)
        fail(control);
    if (connect(s, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS)
        fail("connect");
    return s;
}

int main(int count, char **arguments)
{
    signal(SIGPIPE, SIG_IGN);
    if (count != 5 || (strcmp(arguments[2], "up") != 0 && strcmp(arguments[2], "down") != 0)) {
        fputs("usage: flow ADDRESS down|up SECONDS CONTROL\n", stderr);
        return 64;
    }
    int is_up = arguments[2][0] == 'u';
    double end = now() + atof(arguments[3]), left;
    int s = open_to(arguments[1], is_up ? PORT_DISCARD : PORT_CHARGEN, arguments[4]);
    struct pollfd ready = {.fd = s, .events = is_up ? POLLOUT : POLLIN};
    unsigned long long read_so_far = 0;
    struct tcp_info info = {0};
    socklen_t length = sizeof info;
    while ((left = end - now()) > 0) {
        if (poll(&ready, 1, (int)(left * 1000) + 1) <= 0)
            continue;
        ssize_t moved = is_up ? send(s, buffer, PIECE, MSG_NOSIGNAL) : recv(s, buffer, PIECE, 0);
        if (moved > 0)
            read_so_far += (unsigned long long)moved;
        else if (moved == 0 || errno != EAGAIN)
            fail("the connection is gone");
    }
    if (getsockopt(s, IPPROTO_TCP, TCP_INFO, &info, &length) < 0)
        fail("TCP_INFO");
    printf("%llu %u\n", is_up ? (unsigned long long)info.tcpi_bytes_acked : read_so_far, info.tcpi_total_retrans);
    return 0;
}
