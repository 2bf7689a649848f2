#define _GNU_SOURCE
#include "turn.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

enum sleeper {
    NOBODY,       /* no call is blocked */
    ASLEEP,       /* a call is blocked */
    ASKING,       /* it was woken, and has not repeated its call yet */
    OWES_READING, /* it has its result, and has not read the clock yet */
};

/* Bounds the wait for a thread that has died. */
enum { TIMEOUT_SECONDS = 5 };

static pthread_mutex_t inside = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static enum sleeper sleeper;
static pthread_t sleeping_thread;
static pthread_t script_thread;
static const struct managed_calls *stack;

void turn_begin(const struct managed_calls *calls)
{
    stack = calls;
    script_thread = pthread_self();
    sleeper = NOBODY;
}

static void set(enum sleeper state)
{
    sleeper = state;
    pthread_cond_broadcast(&changed);
}

static int is_sleepers(void)
{
    return sleeper != NOBODY && pthread_equal(pthread_self(), sleeping_thread);
}

void turn_enter(void)
{
    pthread_mutex_lock(&inside);
}

void turn_leave(void)
{
    if (is_sleepers()) {
        if (sleeper == ASKING)
            set(OWES_READING);
    } else if (sleeper == ASLEEP) {
        set(ASKING);
    }
    pthread_mutex_unlock(&inside);
}

int turn_wait(void)
{
    if (pthread_equal(pthread_self(), script_thread))
        return stack->step(-1);
    sleeping_thread = pthread_self();
    set(ASLEEP);
    while (sleeper == ASLEEP)
        pthread_cond_wait(&changed, &inside);
    return 1;
}

void turn_let_sleeper_finish(void)
{
    struct timespec end;
    if (is_sleepers())
        return;
    if (sleeper == ASLEEP)
        set(ASKING);
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += TIMEOUT_SECONDS;
    while (sleeper == ASKING || sleeper == OWES_READING) {
        if (pthread_cond_timedwait(&changed, &inside, &end) == ETIMEDOUT)
            return;
    }
}

void turn_took_time(void)
{
    if (is_sleepers() && sleeper == OWES_READING)
        set(NOBODY);
}
