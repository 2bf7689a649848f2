/*
 * Who may be inside the stack, and when its clock may move.
 *
 * Two threads of packetdrill call: the one that runs the script, and one that makes the system calls that may block. One at a time is
 * inside. A call that has to wait sleeps in the kernel, since packetdrill looks there to see that it blocks. When something has
 * changed the sleeper asks again; once it has its result, the clock stands still until it has asked for the time, since that is what
 * the script's expectation is about.
 */
#ifndef USERTCP_TURN_H
#define USERTCP_TURN_H

#include "managed.h"

/* The calling thread runs the script: it moves the clock itself when it has to wait. */
void turn_begin(const struct managed_calls *calls);

void turn_enter(void);

/* Leaves the stack; waiting threads repeat their calls. */
void turn_leave(void);

/* Inside: this thread's call has to wait. Zero when it waits for something that cannot happen. */
int turn_wait(void);

/* Inside, before the clock moves: lets the sleeper ask again, and finish with what it finds. */
void turn_let_sleeper_finish(void);

/* Inside: this thread has asked for the time. */
void turn_took_time(void);

/* Makes a call until it need not wait, and leaves its result in RESULT. */
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
