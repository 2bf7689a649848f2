/*
 * The reference server: echo, discard, chargen and minimal HTTP over kernel sockets, with one epoll loop on one thread.
 *
 *   server [ADDRESS [CONTROL]]              CONTROL: the congestion control (default reno)
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
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PIECE = 128 * 1024, EVENTS = 256 };

static char buffer[PIECE];
static char data[PIECE];
static const char *control = "reno";

/* The epoll data of a socket: its service, whether it listens, and the socket. */
#define KEY(port, listens, s) (((unsigned long long)(port) << 33) | ((unsigned long long)(listens) << 32) | (unsigned)(s))

static void watch(int epoll, int s, unsigned long long key, unsigned events)
{
    struct epoll_event event = {.events = events, .data.u64 = key};
    epoll_ctl(epoll, EPOLL_CTL_ADD, s, &event);
}

static void listen_at(int epoll, const char *address, int port)
{
    struct sockaddr_in local = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    int one = 1;
    int s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (inet_pton(AF_INET, address, &local.sin_addr) != 1 || bind(s, (struct sockaddr *)&local, sizeof local) < 0 || listen(s, 4096) < 0) {
        fprintf(stderr, "server: port %d: %s\n", port, strerror(errno));
        exit(1);
    }
    watch(epoll, s, KEY(port, 1, s), EPOLLIN);
}

static void accept_all(int epoll, int listener, int port)
{
    int one = 1, s;
    while ((s = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        setsockopt(s, IPPROTO_TCP, TCP_CONGESTION, control, (socklen_t)strlen(control));
        watch(epoll, s, KEY(port, 0, s), port == PORT_CHARGEN ? EPOLLIN | EPOLLOUT : EPOLLIN);
    }
}

/* Answers every complete request in the data. False when one of them asks to close the connection. */
static int answer(int s, char *request, size_t length)
{
    char *end;
    while ((end = memmem(request, length, "\r\n\r\n", 4)) != NULL) {
        int closes = memmem(request, (size_t)(end - request) + 2, "Connection: close", 17) != NULL;
        if (closes)
            send(s, RESPONSE_CLOSE, sizeof RESPONSE_CLOSE - 1, MSG_NOSIGNAL);
        else
            send(s, RESPONSE, sizeof RESPONSE - 1, MSG_NOSIGNAL);
        if (closes)
            return 0;
        length -= (size_t)(end + 4 - request);
        request = end + 4;
    }
    return 1;
}

static int serve(int s, int port, unsigned events)
{
    if (port == PORT_CHARGEN && (events & EPOLLOUT)) {
        ssize_t sent = send(s, data, PIECE, MSG_NOSIGNAL);
        return sent > 0 || errno == EAGAIN;
    }
    ssize_t got = recv(s, buffer, PIECE, 0);
    if (got <= 0)
        return got < 0 && errno == EAGAIN;
    if (port == PORT_ECHO)
        return send(s, buffer, (size_t)got, MSG_NOSIGNAL) == got;
    return port == PORT_HTTP ? answer(s, buffer, (size_t)got) : 1;
}

int main(int count, char **arguments)
{
    static const int ports[] = {PORT_ECHO, PORT_DISCARD, PORT_CHARGEN, PORT_HTTP};
    struct epoll_event events[EVENTS];
    int epoll = epoll_create1(0);
    signal(SIGPIPE, SIG_IGN);
    if (count > 2)
        control = arguments[2];
    for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++)
        listen_at(epoll, count > 1 ? arguments[1] : "0.0.0.0", ports[i]);
    for (;;) {
        int ready = epoll_wait(epoll, events, EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            unsigned long long key = events[i].data.u64;
            int port = (int)(key >> 33), s = (int)(unsigned)key;
            if ((key >> 32) & 1)
                accept_all(epoll, s, port);
            else if (!serve(s, port, events[i].events))
                close(s);
        }
    }
}
