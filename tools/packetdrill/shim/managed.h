/*
 * The calls into the stack. The managed side fills them in: Native/ManagedCalls.cs has the same calls in the same
 * order.
 */
#ifndef USERTCP_MANAGED_H
#define USERTCP_MANAGED_H

#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The result of a call that would block; the caller repeats it. Other results are a value, or a negative error number.
 */
#define MUST_WAIT INT64_MIN

struct managed_calls {
    int (*reset)(const char *flags);
    int (*command)(const char *text);
    int (*owns)(int fd);
    int64_t (*now)(int64_t advance);
    int (*step)(int64_t limit);
    int (*net_send)(const void *frame, ssize_t length);
    int64_t (*net_receive)(void *buffer, ssize_t capacity, int64_t *time);
    int64_t (*socket)(int domain, int type, int protocol, int fd);
    int64_t (*bind)(int fd, const void *address, int length);
    int64_t (*listen)(int fd, int backlog);
    int64_t (*accept)(int fd, int new_fd, void *address, int *length);
    int64_t (*connect)(int fd, const void *address, int length);
    int64_t (*receive)(int fd, void *buffer, ssize_t length, int flags);
    int64_t (*send_to)(int fd, const void *data, ssize_t length, int flags, const void *address, int address_length);
    int64_t (*fcntl)(int fd, int command, int64_t argument);
    int64_t (*ioctl)(int fd, uint64_t request, int *value);
    int64_t (*close)(int fd);
    int64_t (*shutdown)(int fd, int how);
    int64_t (*get_option)(int fd, int level, int option, void *value, int *length);
    int64_t (*set_option)(int fd, int level, int option, const void *value, int length);
    int64_t (*poll)(struct pollfd *fds, int count, int timeout);
    int64_t (*epoll_create)(int size, int fd);
    int64_t (*epoll_control)(int fd, int operation, int target, uint32_t events, uint64_t data);
    int64_t (*epoll_wait)(int fd, uint32_t *events, uint64_t *data, int max, int timeout);
};

/* Starts the runtime with the stack, once in a process. Prints the reason and exits when that fails. */
const struct managed_calls *managed_start(void);

#endif
