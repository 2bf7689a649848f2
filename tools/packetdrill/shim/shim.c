/* The library's entry point, and packetdrill's network device and clock: raw IP frames in virtual time. */
#define _GNU_SOURCE
#include "interface.h"
#include "turn.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Each reading advances the clock a little, because packetdrill spins on it up to the time of an event. */
enum { MICROSECONDS_PER_READING = 1 };

/* Max time between two events of a script, in microseconds. */
static const int64_t MAX_SILENCE = 3600LL * 1000 * 1000;

const struct managed_calls *stack;

long finish(int64_t result)
{
    if (result >= 0)
        return (long)result;
    errno = (int)-result;
    return -1;
}

static void release(void *userdata)
{
    (void)userdata;
}

static int net_send(void *userdata, const void *frame, size_t count)
{
    (void)userdata;
    turn_enter();
    int result = stack->net_send(frame, (ssize_t)count);
    turn_leave();
    return result;
}

/* Moves the clock to the given time, and stops at each event on the way. */
static void sleep_until(int64_t limit)
{
    do
        turn_let_sleeper_finish();
    while (stack->step(limit));
}

/* Receives the next frame, and its time. Without a further frame the count is 0, and there is no error. */
static int net_receive(void *userdata, void *buffer, size_t *count, long long *microseconds)
{
    (void)userdata;
    int64_t time = 0, length;
    turn_enter();
    int64_t limit = stack->now(0) + MAX_SILENCE;
    for (;;) {
        length = stack->net_receive(buffer, (ssize_t)*count, &time);
        if (length > 0)
            break;
        turn_let_sleeper_finish();
        length = stack->net_receive(buffer, (ssize_t)*count, &time);
        if (length > 0 || !stack->step(-1) || stack->now(0) > limit)
            break;
    }
    turn_leave();
    *count = length > 0 ? (size_t)length : 0;
    *microseconds = time;
    return 0;
}

static int sleep_microseconds(void *userdata, useconds_t microseconds)
{
    (void)userdata;
    turn_enter();
    sleep_until(stack->now(0) + microseconds);
    turn_leave();
    return 0;
}

static int get_time(void *userdata, struct timeval *time, struct timezone *zone)
{
    (void)userdata;
    (void)zone;
    turn_enter();
    int64_t now = stack->now(MICROSECONDS_PER_READING);
    turn_took_time();
    turn_leave();
    time->tv_sec = now / 1000000;
    time->tv_usec = now % 1000000;
    return 0;
}

/* Undoes packetdrill's locked memory and real-time priority. Virtual time needs neither, and both harm the runtime. */
static void undo_real_time(void)
{
    struct sched_param parameters = {0};
    munlockall();
    sched_setscheduler(0, SCHED_OTHER, &parameters);
}

__attribute__((visibility("default"))) void packetdrill_interface_init(const char *flags, struct packetdrill_interface *calls)
{
    undo_real_time();
    stack = managed_start();
    if (stack->reset(flags == NULL ? "" : flags) != 0)
        exit(64);
    turn_begin(stack);
    memset(calls, 0, sizeof *calls);
    calls->free = release;
    calls->netdev_send = net_send;
    calls->netdev_receive = net_receive;
    calls->usleep = sleep_microseconds;
    calls->gettimeofday = get_time;
    fill_socket_calls(calls);
    fill_transfer_calls(calls);
}
