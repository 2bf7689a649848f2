/*
 * packetdrill makes two kinds of calls that do not go through the interface. It asks the kernel for TCP_INFO, and it
 * runs the commands in backticks in a shell; most of them set sysctls of the machine. When the library is also
 * preloaded, both go to the stack.
 */
#define _GNU_SOURCE
#include "interface.h"
#include "turn.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/times.h>

#define OVERRIDE __attribute__((visibility("default")))

OVERRIDE int getsockopt(int fd, int level, int option, void *value, socklen_t *length)
{
    if (stack != NULL) {
        int64_t result = MUST_WAIT;
        turn_enter();
        if (stack->owns(fd))
            result = stack->get_option(fd, level, option, value, (int *)length);
        turn_leave();
        if (result != MUST_WAIT)
            return (int)finish(result);
    }
    int (*real)(int, int, int, void *, socklen_t *) = dlsym(RTLD_NEXT, "getsockopt");
    return real(fd, level, option, value, length);
}

/* Only the checks of a script, which packetdrill has written into a file, are run. */
static int is_check(const char *command)
{
    const char *name = strrchr(command, '/');
    return strstr(command, "python") != NULL && name != NULL && strncmp(name, "/code_", 6) == 0;
}

OVERRIDE int system(const char *command)
{
    if (stack != NULL && command != NULL && !is_check(command)) {
        turn_enter();
        int status = stack->command(command);
        turn_leave();
        return status << 8;
    }
    int (*real)(const char *) = dlsym(RTLD_NEXT, "system");
    return real(command);
}

/* packetdrill waits for ten ticks of the machine's clock before it starts. Virtual time does not depend on them. */
OVERRIDE clock_t times(struct tms *buffer)
{
    static clock_t ticks;
    if (buffer != NULL)
        memset(buffer, 0, sizeof *buffer);
    return ++ticks;
}
