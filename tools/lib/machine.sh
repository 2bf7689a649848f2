# What the scripts in tools/ need of the machine. They source this file with $root set to the top of the tree, and $script to their name.
# shellcheck shell=bash

readonly tun_node=/dev/net/tun

# Each program of the tests and examples, with its Debian package. `usertcp doctor` has the same list, and a test compares them.
readonly programs=(
    ip:iproute2
    sysctl:procps
    unshare:util-linux
    setpriv:util-linux
    curl:curl
    ping:iputils-ping
    nc:netcat-openbsd
    iperf3:iperf3
    tshark:tshark
    groff:groff-base
    chromium:chromium
)

fail() {
    local code=$1
    shift
    printf '%s: %s\n' "$script" "$*" >&2
    exit "$code"
}

# Gives dotnet a home to keep its packages in when the user has none. The variable HOME itself stays as it is.
need_home() {
    local home=${HOME:-}
    [[ -n $home ]] || home=$(getent passwd "$(id -u)" 2>/dev/null | cut -d : -f 6) || home=
    if [[ ! -d $home || ! -w $home ]]; then
        home=$root/artifacts/home
        mkdir -p "$home" 2>/dev/null ||
            fail 77 "$(id -un) has no writable HOME, and may not write to $root: set HOME, or use a clone of your own"
    fi
    if [[ $home != "${HOME:-}" && -z ${DOTNET_CLI_HOME:-} ]]; then
        printf '%s: HOME is not %s: dotnet keeps its packages in %s\n' "$script" "$([[ -n ${HOME:-} ]] && echo writable || echo set)" "$home" >&2
        export DOTNET_CLI_HOME=$home NUGET_PACKAGES=${NUGET_PACKAGES:-$home/.nuget/packages}
    fi
}

need_dotnet() {
    command -v dotnet >/dev/null ||
        fail 69 "the .NET SDK is missing: install .NET 10 (package dotnet-sdk-10.0) and put 'dotnet' on the PATH"
}

# The SDK that global.json names, or a later one.
need_sdk() {
    need_dotnet
    if ! (cd "$root" && dotnet --version) >/dev/null 2>&1; then
        local wanted found
        wanted=$(sed -n 's/.*"version": *"\([^"]*\)".*/\1/p' "$root/global.json")
        found=$(dotnet --list-sdks 2>/dev/null | cut -d ' ' -f 1 | paste -s -d ' ')
        fail 69 "the .NET SDK is too old: this tree needs $wanted or a later 10.0, and '$(command -v dotnet)' has ${found:-no SDK}: install dotnet-sdk-10.0"
    fi
}

# Explains a failed build whose output is the argument, when packages could not be downloaded.
explain_build_failure() {
    [[ $1 =~ NU1301|NU1101|NU1102|NU1801|NU1900 ]] || return 0
    printf '%s: the NuGet packages cannot be downloaded: check the network, the proxy (https_proxy) and the sources (dotnet nuget list source)\n' \
        "$script" >&2
}

has_capability() {
    local effective
    effective=$(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status)
    (((0x$effective >> $1) & 1))
}

readonly cap_net_admin=12
readonly cap_sys_admin=21

is_container() {
    [[ -e /.dockerenv || -e /run/.containerenv || -n ${container:-} ]]
}

# Prints the arguments of unshare(1) that give a network namespace here; fails when there are none.
unshare_flags() {
    if has_capability "$cap_net_admin" && has_capability "$cap_sys_admin" && unshare -n true 2>/dev/null; then
        echo -n
    elif unshare -Urn true 2>/dev/null; then
        echo -Urn
    else
        return 1
    fi
}

# Prints why TUN devices cannot be had here; prints nothing when they can.
tun_problem() {
    local error
    if [[ ! -e $tun_node ]]; then
        printf '%s is missing' "$tun_node"
    elif ! error=$( (: <>"$tun_node") 2>&1); then
        printf '%s cannot be opened by %s (%s)' "$tun_node" "$(id -un)" "${error##*: }"
    fi
}

readonly container_command="docker run --cap-add NET_ADMIN --cap-add SYS_ADMIN --device $tun_node ..."

# Prints how to get a TUN node that can be opened.
how_to_get_tun() {
    ((EUID == 0)) || printf 'sudo '
    printf 'tools/usertcp doctor --fix'
    ! is_container || printf '; if that may not, start the container with: %s' "$container_command"
}

# Prints how to get network namespaces.
how_to_get_namespaces() {
    if is_container; then
        printf 'start the container with: %s' "$container_command"
    else
        printf 'run as root, or allow user namespaces: sudo sysctl user.max_user_namespaces=15000 kernel.unprivileged_userns_clone=1'
    fi
}

# Refuses a command that could not run, before the time for a build is spent.
need_tun() {
    local problem
    case ${1:-} in
        demo | lab | up | nc | link) ;;
        *) return 0 ;;
    esac
    [[ " $* " != *' --help '* && " $* " != *' -h '* && -z ${UserTcp__ClonePath:-} ]] || return 0
    problem=$(tun_problem)
    [[ -z $problem ]] || fail "$([[ -e $tun_node ]] && echo 77 || echo 69)" "$problem: $(how_to_get_tun)"
    if [[ $1 == demo || $1 == lab ]] && command -v unshare >/dev/null && ! unshare_flags >/dev/null; then
        fail 77 "$(id -un) may not make network namespaces, neither with CAP_SYS_ADMIN and CAP_NET_ADMIN nor in a user namespace: $(how_to_get_namespaces)"
    fi
}

has_program() {
    case $1 in
        nc) nc -h 2>&1 | grep -q OpenBSD ;;
        *) command -v "$1" >/dev/null ;;
    esac
}

# Prints the programs that are missing, as program:package, one a line.
missing_programs() {
    local entry
    for entry in "${programs[@]}"; do
        has_program "${entry%:*}" || printf '%s\n' "$entry"
    done
}
