/*
 * Decides which thread may be inside the stack, and when the clock may move.
 *
 * packetdrill has two threads: one runs the script, the other makes the system calls that may block. Only one is inside
 * at a time. A call that has to wait sleeps in the kernel, because packetdrill checks there whether it blocks. After a
 * change the sleeper repeats its call. Once it has its result, the clock stands still until it has read the time,
 * because the script expects a certain time.
 */
#ifndef USERTCP_TURN_H
#define USERTCP_TURN_H

#include "managed.h"

/* Marks the calling thread as the one that runs the script. It moves the clock itself when it has to wait. */
void turn_begin(const struct managed_calls *calls);

void turn_enter(void);

/* Leaves the stack. A sleeping thread repeats its call. */
void turn_leave(void);

/* Inside the stack: waits for a change. Returns zero when none can happen. */
int turn_wait(void);

/* Inside the stack, before the clock moves: lets the sleeper repeat its call and finish. */
void turn_let_sleeper_finish(void);

/* Inside the stack: this thread has read the clock. */
void turn_took_time(void);

/* Repeats a call until it does not have to wait, and stores its result in RESULT. */
#define CALL_IN_TURN(RESULT, CALL)                     \
    do {                                               \
        turn_enter();                                  \
        while (((RESULT) = (CALL)) == MUST_WAIT) {     \
            if (!turn_wait()) {                        \
                (RESULT) = -EDEADLK;                   \
                break;                                 \
            }                                          \
        }                                              \
        turn_leave();                                  \
    } while (0)

#endif
