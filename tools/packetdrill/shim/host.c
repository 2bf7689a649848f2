/*
 * Hosts the .NET runtime: finds libhostfxr, starts the runtime that the assembly requires, and gets its table of calls.
 */
#define _GNU_SOURCE
#include "managed.h"

#include <dirent.h>
#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The parts of hostfxr.h and coreclr_delegates.h that this file uses. On Linux their character type is char. */
enum { LOAD_ASSEMBLY_AND_GET_FUNCTION_POINTER = 5 };
#define UNMANAGED_CALLERS_ONLY ((const char *)-1)

typedef void *hostfxr_handle;
typedef int (*initialize_fn)(const char *config_path, const void *parameters, hostfxr_handle *handle);
typedef int (*get_delegate_fn)(hostfxr_handle handle, int type, void **delegate);
typedef int (*close_fn)(hostfxr_handle handle);
typedef int (*load_fn)(
    const char *assembly, const char *type, const char *method, const char *delegate_type, void *reserved, void **result);
typedef int (*fill_fn)(struct managed_calls *calls);

static void fail(const char *format, ...)
{
    va_list arguments;
    fputs("usertcp packetdrill shim: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(78);
}

/* The folder of this library. The build script puts the assembly there too. */
static void own_folder(char *folder, size_t size)
{
    Dl_info info;
    char *path = dladdr((void *)own_folder, &info) == 0 ? NULL : realpath(info.dli_fname, NULL);
    if (path == NULL)
        fail("cannot find its own folder");
    *strrchr(path, '/') = '\0';
    snprintf(folder, size, "%s", path);
    free(path);
}

static int is_newer(const char *left, const char *right)
{
    return strverscmp(left, right) > 0;
}

/* The newest ROOT/host/fxr/VERSION/libhostfxr.so. */
static int find_in(const char *root, char *path, size_t size)
{
    char folder[PATH_MAX - 512], newest[256] = "";
    snprintf(folder, sizeof folder, "%.3000s/host/fxr", root);
    DIR *versions = opendir(folder);
    if (versions == NULL)
        return 0;
    for (struct dirent *entry; (entry = readdir(versions)) != NULL;) {
        if (entry->d_name[0] != '.' && is_newer(entry->d_name, newest))
            snprintf(newest, sizeof newest, "%s", entry->d_name);
    }
    closedir(versions);
    if (newest[0] == '\0')
        return 0;
    snprintf(path, size, "%s/%s/libhostfxr.so", folder, newest);
    struct stat status;
    return stat(path, &status) == 0;
}

static void find_hostfxr(char *path, size_t size)
{
    const char *roots[] = {getenv("DOTNET_ROOT"), "/usr/share/dotnet", "/usr/lib/dotnet", "/usr/lib64/dotnet", "/opt/dotnet"};
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++) {
        if (roots[i] != NULL && find_in(roots[i], path, size))
            return;
    }
    fail("there is no host/fxr/*/libhostfxr.so; set DOTNET_ROOT to the folder of the runtime");
}

static void *symbol(void *library, const char *name)
{
    void *address = dlsym(library, name);
    if (address == NULL)
        fail("libhostfxr has no %s", name);
    return address;
}

static load_fn start_runtime(const char *config)
{
    char path[PATH_MAX];
    find_hostfxr(path, sizeof path);
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL)
        fail("%s", dlerror());
    initialize_fn initialize = symbol(library, "hostfxr_initialize_for_runtime_config");
    get_delegate_fn get_delegate = symbol(library, "hostfxr_get_runtime_delegate");
    close_fn close_handle = symbol(library, "hostfxr_close");

    hostfxr_handle handle = NULL;
    int status = initialize(config, NULL, &handle);
    if (status < 0 || handle == NULL)
        fail("the runtime for %s does not start: 0x%x", config, status);
    void *load = NULL;
    status = get_delegate(handle, LOAD_ASSEMBLY_AND_GET_FUNCTION_POINTER, &load);
    close_handle(handle);
    if (status < 0 || load == NULL)
        fail("the runtime loads no assembly: 0x%x", status);
    return load;
}

const struct managed_calls *managed_start(void)
{
    static struct managed_calls calls;
    static int started;
    if (started)
        return &calls;

    char folder[PATH_MAX - 64], config[PATH_MAX], assembly[PATH_MAX];
    own_folder(folder, sizeof folder);
    snprintf(config, sizeof config, "%s/UserTcp.PacketDrill.runtimeconfig.json", folder);
    snprintf(assembly, sizeof assembly, "%s/UserTcp.PacketDrill.dll", folder);
    fill_fn fill = NULL;
    int status = start_runtime(config)(
        assembly, "UserTcp.PacketDrill.Native.Exports, UserTcp.PacketDrill", "Fill", UNMANAGED_CALLERS_ONLY, NULL, (void **)&fill);
    if (status < 0 || fill == NULL)
        fail("%s has no entry point: 0x%x", assembly, status);
    int size = fill(&calls);
    if (size != (int)sizeof calls)
        fail("the shim and %s are not of the same build: %zu and %d bytes", assembly, sizeof calls, size);
    started = 1;
    return &calls;
}
