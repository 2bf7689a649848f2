/*
 * The socket calls that transfer no data. Each socket of the stack has a real descriptor as a placeholder, because
 * packetdrill closes it.
 */
#define _GNU_SOURCE
#include "interface.h"
#include "turn.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/eventfd.h>

/* Closes the placeholder when the call has failed. */
static int finish_with(int fd, int64_t result)
{
    if (result < 0)
        close(fd);
    return (int)finish(result);
}

static int placeholder(void)
{
    return eventfd(0, EFD_CLOEXEC);
}

static int so_socket(void *userdata, int domain, int type, int protocol)
{
    (void)userdata;
    int64_t result;
    int fd = placeholder();
    CALL_IN_TURN(result, stack->socket(domain, type, protocol, fd));
    return finish_with(fd, result);
}

static int so_bind(void *userdata, int fd, const struct sockaddr *address, socklen_t length)
{
    (void)userdata;
    int64_t result;
    CALL_IN_TURN(result, stack->bind(fd, address, (int)length));
    return (int)finish(result);
}

static int so_listen(void *userdata, int fd, int backlog)
{
    (void)userdata;
    int64_t result;
    CALL_IN_TURN(result, stack->listen(fd, backlog));
    return (int)finish(result);
}

static int so_accept(void *userdata, int fd, struct sockaddr *address, socklen_t *length)
{
    (void)userdata;
    int64_t result;
    int new_fd = placeholder();
    CALL_IN_TURN(result, stack->accept(fd, new_fd, address, (int *)length));
    return finish_with(new_fd, result);
}

static int so_connect(void *userdata, int fd, const struct sockaddr *address, socklen_t length)
{
    (void)userdata;
    int64_t result;
    CALL_IN_TURN(result, stack->connect(fd, address, (int)length));
    return (int)finish(result);
}

static int so_fcntl(void *userdata, int fd, int command, ...)
{
    (void)userdata;
    va_list arguments;
    int64_t result;
    va_start(arguments, command);
    int argument = va_arg(arguments, int);
    va_end(arguments);
    CALL_IN_TURN(result, stack->fcntl(fd, command, argument));
    return (int)finish(result);
}

static int so_ioctl(void *userdata, int fd, unsigned long request, ...)
{
    (void)userdata;
    va_list arguments;
    int64_t result;
    va_start(arguments, request);
    int *value = va_arg(arguments, int *);
    va_end(arguments);
    CALL_IN_TURN(result, stack->ioctl(fd, request, value));
    return (int)finish(result);
}

static int so_close(void *userdata, int fd)
{
    (void)userdata;
    int64_t result;
    CALL_IN_TURN(result, stack->close(fd));
    if (result >= 0)
        close(fd);
    return (int)finish(result);
}

static int so_shutdown(void *userdata, int fd, int how)
{
    (void)userdata;
    int64_t result;
    CALL_IN_TURN(result, stack->shutdown(fd, how));
    return (int)finish(result);
}

static int so_getsockopt(void *userdata, int fd, int level, int option, void *value, socklen_t *length)
{
    (void)userdata;
    int64_t result;
    CALL_IN_TURN(result, stack->get_option(fd, level, option, value, (int *)length));
    return (int)finish(result);
}

static int so_setsockopt(void *userdata, int fd, int level, int option, const void *value, socklen_t length)
{
    (void)userdata;
    int64_t result;
    CALL_IN_TURN(result, stack->set_option(fd, level, option, value, (int)length));
    return (int)finish(result);
}

static int so_poll(void *userdata, struct pollfd *fds, nfds_t count, int timeout)
{
    (void)userdata;
    int64_t result;
    CALL_IN_TURN(result, stack->poll(fds, (int)count, timeout));
    return (int)finish(result);
}

static int so_epoll_create(void *userdata, int size)
{
    (void)userdata;
    int64_t result;
    int fd = placeholder();
    CALL_IN_TURN(result, stack->epoll_create(size, fd));
    return finish_with(fd, result);
}

static int so_epoll_ctl(void *userdata, int epoll, int operation, int fd, struct epoll_event *event)
{
    (void)userdata;
    int64_t result;
    uint32_t events = event == NULL ? 0 : event->events;
    uint64_t data = event == NULL ? 0 : event->data.u64;
    CALL_IN_TURN(result, stack->epoll_control(epoll, operation, fd, events, data));
    return (int)finish(result);
}

static int so_epoll_wait(void *userdata, int epoll, struct epoll_event *events, int max, int timeout)
{
    (void)userdata;
    int64_t result;
    size_t room = max > 0 ? (size_t)max : 0;
    uint32_t *masks = calloc(room + 1, sizeof *masks);
    uint64_t *data = calloc(room + 1, sizeof *data);
    CALL_IN_TURN(result, stack->epoll_wait(epoll, masks, data, max, timeout));
    for (int64_t i = 0; i < result; i++) {
        events[i].events = masks[i];
        events[i].data.u64 = data[i];
    }
    free(masks);
    free(data);
    return (int)finish(result);
}

void fill_socket_calls(struct packetdrill_interface *calls)
{
    calls->socket = so_socket;
    calls->bind = so_bind;
    calls->listen = so_listen;
    calls->accept = so_accept;
    calls->connect = so_connect;
    calls->fcntl = so_fcntl;
    calls->ioctl = so_ioctl;
    calls->close = so_close;
    calls->shutdown = so_shutdown;
    calls->getsockopt = so_getsockopt;
    calls->setsockopt = so_setsockopt;
    calls->poll = so_poll;
    calls->epoll_create = so_epoll_create;
    calls->epoll_ctl = so_epoll_ctl;
    calls->epoll_wait = so_epoll_wait;
}
