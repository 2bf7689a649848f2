/*
 * The calls of packetdrill into a shared library. `--so_filename` loads it, and packetdrill calls
 * packetdrill_interface_init.
 */
#ifndef USERTCP_INTERFACE_H
#define USERTCP_INTERFACE_H

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

struct packetdrill_interface {
    void *userdata;
    void (*free)(void *userdata);
    int (*socket)(void *userdata, int domain, int type, int protocol);
    int (*bind)(void *userdata, int fd, const struct sockaddr *address, socklen_t length);
    int (*listen)(void *userdata, int fd, int backlog);
    int (*accept)(void *userdata, int fd, struct sockaddr *address, socklen_t *length);
    int (*connect)(void *userdata, int fd, const struct sockaddr *address, socklen_t length);
    ssize_t (*read)(void *userdata, int fd, void *buffer, size_t count);
    ssize_t (*readv)(void *userdata, int fd, const struct iovec *pieces, int count);
    ssize_t (*recv)(void *userdata, int fd, void *buffer, size_t length, int flags);
    ssize_t (*recvfrom)(
        void *userdata, int fd, void *buffer, size_t length, int flags, struct sockaddr *address, socklen_t *address_length);
    ssize_t (*recvmsg)(void *userdata, int fd, struct msghdr *message, int flags);
    ssize_t (*write)(void *userdata, int fd, const void *data, size_t count);
    ssize_t (*writev)(void *userdata, int fd, const struct iovec *pieces, int count);
    ssize_t (*send)(void *userdata, int fd, const void *data, size_t length, int flags);
    ssize_t (*sendto)(
        void *userdata, int fd, const void *data, size_t length, int flags, const struct sockaddr *address, socklen_t address_length);
    ssize_t (*sendmsg)(void *userdata, int fd, const struct msghdr *message, int flags);
    int (*fcntl)(void *userdata, int fd, int command, ...);
    int (*ioctl)(void *userdata, int fd, unsigned long request, ...);
    int (*close)(void *userdata, int fd);
    int (*shutdown)(void *userdata, int fd, int how);
    int (*getsockopt)(void *userdata, int fd, int level, int option, void *value, socklen_t *length);
    int (*setsockopt)(void *userdata, int fd, int level, int option, const void *value, socklen_t length);
    int (*poll)(void *userdata, struct pollfd *fds, nfds_t count, int timeout);
    int (*netdev_send)(void *userdata, const void *frame, size_t count);
    int (*netdev_receive)(void *userdata, void *buffer, size_t *count, long long *microseconds);
    int (*usleep)(void *userdata, useconds_t microseconds);
    int (*gettimeofday)(void *userdata, struct timeval *time, struct timezone *zone);
    int (*epoll_create)(void *userdata, int size);
    int (*epoll_ctl)(void *userdata, int epoll, int operation, int fd, struct epoll_event *event);
    int (*epoll_wait)(void *userdata, int epoll, struct epoll_event *events, int most, int timeout);
    int (*pipe)(void *userdata, int fds[2]);
    int (*splice)(void *userdata, int in, loff_t *in_offset, int out, loff_t *out_offset, size_t length, unsigned int flags);
};

struct managed_calls;

/* The stack; NULL before packetdrill_interface_init. */
extern const struct managed_calls *stack;

/* Turns a result into the return value of a system call. Writes errno last. */
long finish(int64_t result);

void fill_socket_calls(struct packetdrill_interface *calls);
void fill_transfer_calls(struct packetdrill_interface *calls);

#endif
