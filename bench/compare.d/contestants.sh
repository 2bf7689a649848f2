# The contestants. Each has a namespace for its clients, an address, and processes to pin to a CPU.

readonly stack_address=198.18.0.2
contestants=()
declare -A space address processes title

title=(
    [kernel]='kernel TCP over veth'
    [usertcp]='UserTcp'
    [usertcp-plain]='UserTcp, no offload'
    [usertcp-baseline]='UserTcp, baseline'
    [usertcp-watched]='UserTcp, watched'
    [null]='null stack'
    [lwip]='lwIP'
    [pasta]='pasta, MTU 65520'
    [slirp]='slirp4netns, MTU 65520'
    [kestrel-kernel]='Kestrel on the kernel'
    [kestrel-usertcp]='Kestrel on UserTcp'
)

# Prints the column headings of the report, each followed by a |.
titles() {
    local name
    for name in "${contestants[@]}"; do
        printf '%s|' "${title[$name]}"
    done
}

inside() {
    local name=$1
    shift
    nsenter --net=/run/netns/"$name" -- "$@"
}

# Makes a namespace in which the kernel is as fast as it can be: no pacing, large buffers, all ports.
new_space() {
    ip netns add "$1"
    inside "$1" sh -c '
        ip link set lo up
        for setting in tcp_congestion_control=reno "tcp_rmem=4096 131072 16777216" "tcp_wmem=4096 131072 16777216" \
            "ip_local_port_range=10000 65535" tcp_max_syn_backlog=8192; do
            echo "${setting#*=}" >"/proc/sys/net/ipv4/${setting%%=*}" || true
        done
        echo 8192 >/proc/sys/net/core/somaxconn' 2>/dev/null
}

# Records a running contestant: the namespace of its clients, its address, and its processes.
add() {
    contestants+=("$1")
    space[$1]=$2
    address[$1]=$3
    shift 3
    processes[${contestants[-1]}]=$*
}

# Starts a program in a namespace. Its process id is in $started_process.
launch() {
    local name=$1 log=$2
    shift 2
    nsenter --net=/run/netns/"$name" -- "$@" >"/run/compare/$log.log" 2>&1 </dev/null &
    started_process=$!
}

# Checks that a contestant answers. Contestants other than UserTcp and the kernel may be left out.
is_there() {
    local message
    message=$(inside "${space[$1]}" "$built/load" "${address[$1]}" check 20 8080 2>&1) && return
    printf 'compare: %s does not answer: %s\n' "$1" "$message" >&2
    sed 's/^/compare: /' "/run/compare/$1.log" >&2
    [[ $1 != kernel && $1 != *usertcp* ]] || die 1 'the comparison needs it'
    return 1
}

start_kernel() {
    local name=$1
    shift
    new_space "$name-client"
    new_space "$name-server"
    ip link add v0 netns "$name-client" type veth peer name v0 netns "$name-server"
    inside "$name-client" ip address add 198.18.0.1/24 dev v0
    inside "$name-server" ip address add "$stack_address/24" dev v0
    inside "$name-server" ip link set v0 up
    inside "$name-client" ip link set v0 up
    launch "$name-server" "$name" "$@"
    add "$name" "$name-client" "$stack_address" "$started_process"
}

# Starts a stack that makes its own TUN device.
start_own() {
    local name=$1
    shift
    new_space "$name"
    launch "$name" "$name" "$@"
    add "$name" "$name" "$stack_address" "$started_process"
}

start_lwip() {
    start_own lwip "$built/lwip" lw0 "$stack_address"
    for ((i = 0; i < 100; i++)); do
        ! inside lwip ip address add 198.18.0.1/24 dev lw0 2>/dev/null || break
        sleep 0.05
    done
    inside lwip ip link set lw0 up
}

# Prepares a contestant that turns a guest's connections into sockets of the host. The clients are the guest; the
# reference server is the host.
start_host() {
    new_space "$1-client"
    new_space "$1-server"
    # pasta and slirp4netns look for an uplink and use its address. This one leads nowhere.
    inside "$1-server" ip link add host0 type veth peer name host1
    inside "$1-server" ip address add 198.18.7.2/24 dev host0
    inside "$1-server" ip link set host1 up
    inside "$1-server" ip link set host0 up
    inside "$1-server" ip route add default via 198.18.7.1
    launch "$1-server" "$1-host" "$built/server"
}

start_pasta() {
    start_host pasta
    local host=$started_process
    launch pasta-server pasta pasta -f -4 --config-net --mtu 65520 --runas 0 --netns-only --netns /run/netns/pasta-client
    add pasta pasta-client 198.18.7.1 "$started_process" "$host"
}

start_slirp() {
    start_host slirp
    local host=$started_process
    launch slirp-server slirp slirp4netns --configure --mtu=65520 --netns-type=path /run/netns/slirp-client tap0
    add slirp slirp-client 10.0.2.2 "$started_process" "$host"
}

is_wanted() {
    [[ -z $only || ,$only, == *,$1,* ]]
}

# Starts a stack whose every event a second process reads as JSON, on the same CPU.
start_watched() {
    start_own usertcp-watched "$@"
    is_there usertcp-watched || return
    local stack=$started_process
    launch usertcp-watched watch "$1" "$2" watch --all --json --stack "$stack"
    processes[usertcp-watched]="$stack $started_process"
    watcher=$started_process
}

start_contestants() {
    local services=(up --services 'echo,discard,chargen,plaintext')
    local cli=(dotnet "$root/artifacts/usertcp/UserTcp.Cli.dll" "${services[@]}")
    local kestrel=(dotnet "$built/kestrel/UserTcp.KestrelServer.dll")
    ! is_wanted kernel || start_kernel kernel "$built/server"
    ! is_wanted usertcp || start_own usertcp "${cli[@]}"
    ! is_wanted usertcp-plain || start_own usertcp-plain "${cli[@]}" --no-offload
    [[ -z $baseline ]] || ! is_wanted usertcp-baseline ||
        start_own usertcp-baseline dotnet "$baseline/artifacts/usertcp/UserTcp.Cli.dll" "${services[@]}"
    ! $watched || ! is_wanted usertcp-watched || start_watched "${cli[@]}"
    [[ -z $null_stack ]] || ! is_wanted null || start_own null "$null_stack" nu0 198.18.0.1/24
    [[ ! -x $built/lwip ]] || ! is_wanted lwip || start_lwip
    if ! $quick || [[ -n $only ]]; then
        ! command -v pasta >/dev/null || ! is_wanted pasta || start_pasta
        ! command -v slirp4netns >/dev/null || ! is_wanted slirp || start_slirp
    fi
    ! is_wanted kestrel-kernel || start_kernel kestrel-kernel "${kestrel[@]}" kernel
    ! is_wanted kestrel-usertcp || start_own kestrel-usertcp "${kestrel[@]}" stack
    local name there=()
    for name in "${contestants[@]}"; do
        ! is_there "$name" || there+=("$name")
    done
    contestants=("${there[@]}")
    ((${#contestants[@]} > 0)) || die 64 '--only: there is no contestant of that name'
}
