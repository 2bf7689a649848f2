/*
 * The calls that transfer data. They copy it through a buffer of their own, so that a bad address gives EFAULT as in
 * the kernel.
 */
#define _GNU_SOURCE
#include "interface.h"
#include "turn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/ioctl.h>

/* Total bytes of all pieces, or a negative error number. */
static ssize_t total_of(const struct iovec *pieces, size_t count)
{
    size_t total = 0;
    if (count > IOV_MAX)
        return -EMSGSIZE;
    for (size_t i = 0; i < count; i++) {
        total += pieces[i].iov_len;
        if (total > INT_MAX)
            return -EINVAL;
    }
    return (ssize_t)total;
}

static ssize_t copy_in(char *memory, size_t total, const struct iovec *pieces, size_t count)
{
    struct iovec local = {memory, total};
    return total == 0 || process_vm_readv(getpid(), &local, 1, pieces, count, 0) == (ssize_t)total ? 0 : -EFAULT;
}

static ssize_t copy_out(char *memory, size_t total, const struct iovec *pieces, size_t count)
{
    struct iovec local = {memory, total};
    return total == 0 || process_vm_writev(getpid(), &local, 1, pieces, count, 0) == (ssize_t)total ? 0 : -EFAULT;
}

static ssize_t send_pieces(
    int fd, const struct iovec *pieces, size_t count, int flags, const struct sockaddr *address, socklen_t address_length)
{
    int64_t result = total_of(pieces, count);
    if (result < 0)
        return finish(result);
    size_t total = (size_t)result;
    char *memory = malloc(total + 1);
    result = copy_in(memory, total, pieces, count);
    if (result == 0)
        CALL_IN_TURN(result, stack->send_to(fd, memory, (ssize_t)total, flags, address, (int)address_length));
    free(memory);
    return finish(result);
}

static ssize_t receive_pieces(int fd, const struct iovec *pieces, size_t count, int flags)
{
    int64_t result = total_of(pieces, count);
    if (result < 0)
        return finish(result);
    size_t total = (size_t)result;
    char *memory = malloc(total + 1);
    int takes = !(flags & (MSG_PEEK | MSG_TRUNC));
    CALL_IN_TURN(result, stack->receive(fd, memory, (ssize_t)total, takes ? flags | MSG_PEEK : flags));
    if (result > 0 && !(flags & MSG_TRUNC)) {
        /* Data that could not be copied stays in the socket. */
        ssize_t copied = copy_out(memory, (size_t)result, pieces, count);
        if (copied < 0)
            result = copied;
        else if (takes)
            CALL_IN_TURN(result, stack->receive(fd, memory, (ssize_t)result, MSG_TRUNC));
    }
    free(memory);
    return finish(result);
}

static ssize_t so_read(void *userdata, int fd, void *buffer, size_t count)
{
    (void)userdata;
    struct iovec piece = {buffer, count};
    return receive_pieces(fd, &piece, 1, 0);
}

static ssize_t so_readv(void *userdata, int fd, const struct iovec *pieces, int count)
{
    (void)userdata;
    return receive_pieces(fd, pieces, (size_t)count, 0);
}

static ssize_t so_recv(void *userdata, int fd, void *buffer, size_t length, int flags)
{
    (void)userdata;
    struct iovec piece = {buffer, length};
    return receive_pieces(fd, &piece, 1, flags);
}

static ssize_t so_recvfrom(
    void *userdata, int fd, void *buffer, size_t length, int flags, struct sockaddr *address, socklen_t *address_length)
{
    (void)address;
    if (address_length != NULL)
        *address_length = 0;
    return so_recv(userdata, fd, buffer, length, flags);
}

static ssize_t so_recvmsg(void *userdata, int fd, struct msghdr *message, int flags)
{
    (void)userdata;
    ssize_t result = receive_pieces(fd, message->msg_iov, message->msg_iovlen, flags);
    if (result >= 0) {
        message->msg_namelen = 0;
        message->msg_controllen = 0;
        message->msg_flags = 0;
    }
    return result;
}

static ssize_t so_write(void *userdata, int fd, const void *data, size_t count)
{
    (void)userdata;
    struct iovec piece = {(void *)data, count};
    return send_pieces(fd, &piece, 1, 0, NULL, 0);
}

static ssize_t so_writev(void *userdata, int fd, const struct iovec *pieces, int count)
{
    (void)userdata;
    return send_pieces(fd, pieces, (size_t)count, 0, NULL, 0);
}

static ssize_t so_send(void *userdata, int fd, const void *data, size_t length, int flags)
{
    (void)userdata;
    struct iovec piece = {(void *)data, length};
    return send_pieces(fd, &piece, 1, flags, NULL, 0);
}

static ssize_t so_sendto(
    void *userdata, int fd, const void *data, size_t length, int flags, const struct sockaddr *address, socklen_t address_length)
{
    (void)userdata;
    struct iovec piece = {(void *)data, length};
    return send_pieces(fd, &piece, 1, flags, address, address_length);
}

static ssize_t so_sendmsg(void *userdata, int fd, const struct msghdr *message, int flags)
{
    (void)userdata;
    return send_pieces(fd, message->msg_iov, message->msg_iovlen, flags, message->msg_name, message->msg_namelen);
}

static int so_pipe(void *userdata, int fds[2])
{
    (void)userdata;
    return pipe(fds);
}

static int is_ours(int fd)
{
    turn_enter();
    int owns = stack->owns(fd);
    turn_leave();
    return owns;
}

/* Copies between a socket of the stack and a pipe of the kernel. */
static int so_splice(void *userdata, int in, loff_t *in_offset, int out, loff_t *out_offset, size_t length, unsigned int flags)
{
    int from_socket = is_ours(in);
    if (!from_socket && !is_ours(out))
        return (int)splice(in, in_offset, out, out_offset, length, flags);
    int in_pipe = 0;
    if (!from_socket && ioctl(in, FIONREAD, &in_pipe) == 0 && (size_t)in_pipe < length)
        length = (size_t)in_pipe;
    char *memory = malloc(length + 1);
    ssize_t count = from_socket ? so_read(userdata, in, memory, length) : read(in, memory, length);
    int error = errno;
    if (count > 0) {
        count = from_socket ? write(out, memory, (size_t)count) : so_write(userdata, out, memory, (size_t)count);
        error = errno;
    }
    free(memory);
    errno = error;
    return (int)count;
}

void fill_transfer_calls(struct packetdrill_interface *calls)
{
    calls->read = so_read;
    calls->readv = so_readv;
    calls->recv = so_recv;
    calls->recvfrom = so_recvfrom;
    calls->recvmsg = so_recvmsg;
    calls->write = so_write;
    calls->writev = so_writev;
    calls->send = so_send;
    calls->sendto = so_sendto;
    calls->sendmsg = so_sendmsg;
    calls->pipe = so_pipe;
    calls->splice = so_splice;
}
