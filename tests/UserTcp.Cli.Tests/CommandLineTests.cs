using UserTcp.Cli.Netcat;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>A wrong command line is refused with one line that says what is wrong and where help is.</summary>
public sealed class CommandLineTests
{
    public static TheoryData<string, string> Wrong => new()
    {
        { "", "which command? (see 'usertcp --help')" },
        { "frobnicate", "there is no command 'frobnicate' (see 'usertcp --help')" },
        { "--frob", "there is no option '--frob' (see 'usertcp --help')" },
        { "demo loudly", "'loudly' is one argument too many (see 'usertcp demo --help')" },
        {
            "lesson handshak",
            "there is no lesson 'handshak' (did you mean 'handshake'?) (see 'usertcp lesson --help')"
        },
        { "lesson tls", "there is no lesson 'tls' (see 'usertcp lesson --help')" },
        { "lesson --all rto", "--all excludes the name of a lesson (see 'usertcp lesson --help')" },
        { "lesson --lang fr", "--lang: 'fr' is not one of en, ko (see 'usertcp lesson --help')" },
        { "ss --jsn", "there is no option '--jsn' (did you mean '--json'?) (see 'usertcp ss --help')" },
        { "up --mtu", "--mtu needs a value: --mtu N (see 'usertcp up --help')" },
        { "up --mtu large", "--mtu: 'large' is not a whole number from 68 to 65535 (see 'usertcp up --help')" },
        { "up --mtu 67", "--mtu: '67' is not a whole number from 68 to 65535 (see 'usertcp up --help')" },
        { "up --mtu 65536", "--mtu: '65536' is not a whole number from 68 to 65535 (see 'usertcp up --help')" },
        { "up --queues 0", "--queues: '0' is not a whole number from 1 to 16 (see 'usertcp up --help')" },
        {
            "up --cc vegas",
            "--cc: 'vegas' is not a congestion control: choose from cubic, newreno, bbr (see 'usertcp up --help')"
        },
        {
            "nc --cc Cubic 198.18.0.1 80",
            "--cc: 'Cubic' is not a congestion control: choose from cubic, newreno, bbr (see 'usertcp nc --help')"
        },
        { "lab --queues 17 -- true", "--queues: '17' is not a whole number from 1 to 16 (see 'usertcp lab --help')" },
        { "up --mtu 15e2", "--mtu: '15e2' is not a whole number from 68 to 65535 (see 'usertcp up --help')" },
        {
            "up --msl 0",
            "--msl: '0' is not a number of seconds above 0 and at most 86400, such as 1.5 (see 'usertcp up --help')"
        },
        {
            "up --msl -1",
            "--msl: '-1' is not a number of seconds above 0 and at most 86400, such as 1.5 (see 'usertcp up --help')"
        },
        {
            "up --msl 1e300",
            "--msl: '1e300' is not a number of seconds above 0 and at most 86400, such as 1.5 (see 'usertcp up --help')"
        },
        {
            "up --msl NaN",
            "--msl: 'NaN' is not a number of seconds above 0 and at most 86400, such as 1.5 (see 'usertcp up --help')"
        },
        {
            "up --address ten",
            "--address: 'ten' is not a host's IP address, such as 198.18.0.2 (see 'usertcp up --help')"
        },
        {
            "up --address 198.18.0.2,198.18.2",
            "--address: '198.18.2' is not a host's IP address, such as 198.18.0.2 (see 'usertcp up --help')"
        },
        {
            "up --address 198.18.0.2,",
            "--address: '' is not a host's IP address, such as 198.18.0.2 (see 'usertcp up --help')"
        },
        {
            "up --address 0.0.0.0",
            "--address: '0.0.0.0' is not a host's IP address, such as 198.18.0.2 (see 'usertcp up --help')"
        },
        {
            "up --address ff02::1",
            "--address: 'ff02::1' is not a host's IP address, such as 198.18.0.2 (see 'usertcp up --help')"
        },
        {
            "up --address ::1",
            "--address: '::1' is not a host's IP address, such as 198.18.0.2 (see 'usertcp up --help')"
        },
        {
            "up --peer 198.18.0.1",
            "--peer: '198.18.0.1' is not an address with a prefix length, such as 198.18.0.1/24 (see "
            + "'usertcp up --help')"
        },
        {
            "up --peer 198.18.0.1/33",
            "--peer: '198.18.0.1/33' is not an address with a prefix length, such as 198.18.0.1/24 (see "
            + "'usertcp up --help')"
        },
        {
            "up --services echo,ftp",
            "--services: 'ftp' is not a service: choose from "
            + "echo,discard,daytime,chargen,plaintext,iperf3,lines,http,https (see 'usertcp up --help')"
        },
        {
            "up --device a/b",
            "--device: 'a/b' is not an interface name: 1 to 15 characters, neither '/' nor white space (see "
            + "'usertcp up --help')"
        },
        {
            "up --device sixteen-letters-",
            "--device: 'sixteen-letters-' is not an interface name: 1 to 15 characters, neither '/' nor white space "
            + "(see 'usertcp up --help')"
        },
        { "lab --mtu 1 -- true", "--mtu: '1' is not a whole number from 68 to 65535 (see 'usertcp lab --help')" },
        { "nc", "nc takes HOST PORT, or -l PORT (see 'usertcp nc --help')" },
        { "nc 198.18.0.1", "nc takes HOST PORT, or -l PORT (see 'usertcp nc --help')" },
        { "nc -l 198.18.0.1 7", "nc takes HOST PORT, or -l PORT (see 'usertcp nc --help')" },
        { "nc 198.18.0.1 0", $"'0' is not {PortRange.Expected} (see 'usertcp nc --help')" },
        { "nc 198.18.0.1 no-such", $"'no-such' is not {PortRange.Expected} (see 'usertcp nc --help')" },
        { "nc -l 65536", $"'65536' is not {PortRange.Expected} (see 'usertcp nc --help')" },
        { "nc -z 198.18.0.1 20-", $"'20-' is not {PortRange.Expected} (see 'usertcp nc --help')" },
        {
            "nc 198.18.0.1 20-25",
            "'20-25' is a range of ports: add -z to scan it, or name one port (see 'usertcp nc --help')"
        },
        {
            "nc -u 198.18.0.1 53",
            "-u: this nc has TCP only: leave out -u, or use the kernel's nc -u (see 'usertcp nc --help')"
        },
        {
            "nc -k 198.18.0.1 53",
            "-k needs -l: it waits for one connection after another (see 'usertcp nc --help')"
        },
        { "nc -lz 5000", "-z excludes -l: it makes connections (see 'usertcp nc --help')" },
        {
            "nc -4 -6 host 7",
            "-4 and -6 exclude each other: leave out both for either (see 'usertcp nc --help')"
        },
        { "nc -4 ::1 7", "'::1' is not an IPv4 address, as -4 demands (see 'usertcp nc --help')" },
        { "nc -6 198.18.0.1 7", "'198.18.0.1' is not an IPv6 address, as -6 demands (see 'usertcp nc --help')" },
        { "nc -l -p 5000 5001", "nc takes -l PORT or -l -p PORT, not both (see 'usertcp nc --help')" },
        { "nc -p 0 198.18.0.1 7", "--port: '0' is not a whole number from 1 to 65535 (see 'usertcp nc --help')" },
        { "nc --scna host 7", "there is no option '--scna' (did you mean '--scan'?) (see 'usertcp nc --help')" },
        {
            "ss -4 -6", "-4 and -6 exclude each other: leave out both for either (see 'usertcp ss --help')"
        },
        {
            "ss --json -i",
            "--json excludes --info, --options, --memory and --no-header: JSON has every field and no heading "
                + "(see 'usertcp ss --help')"
        },
        {
            "watch dst nowhere.example",
            "filter: 'nowhere.example', word 2, is not an address: write 198.18.0.1, 198.18.0.0/24, 198.18.0.1:80, "
            + "2001:db8::1, [2001:db8::1]:80 or :80 (see 'usertcp watch --help')"
        },
        {
            "up --impair loss=101%",
            "--impair: '101%' does not fit loss=: it takes a percentage from 0% to 100%, such as 1% or 0.5% (see "
            + "'usertcp up --help')"
        },
        { "sim --seeds 0", "--seeds: '0' is not a whole number from 1 to 2147483647 (see 'usertcp sim --help')" },
        { "sim --faults -1", "--faults: '-1' is not a whole number from 1 to 2147483647 (see 'usertcp sim --help')" },
        {
            "completion csh",
            "'csh' is not a shell (did you mean 'zsh'?): choose from bash, zsh, fish (see 'usertcp completion --help')"
        },
        { "nc 198.18.0.1 7 8", "nc takes HOST PORT, or -l PORT (see 'usertcp nc --help')" },
        {
            "nc -w 0 198.18.0.1 7",
            "--wait: '0' is not a number of seconds above 0 and at most 86400, such as 1.5 (see 'usertcp nc --help')"
        },
        { "watch -c 0", "--count: '0' is not a whole number from 1 to 2147483647 (see 'usertcp watch --help')" },
        { "link --a one", "Option '--b' is required. (see 'usertcp link --help')" },
        {
            "link --a one --b two --impair los=1%",
            "--impair: 'los' is not an impairment: use loss, burst, burstlength, delay, jitter, reorder, reorderdelay, "
            + "dup, corrupt, replay, replayage, rate, queue, ecn, mtu, seed, drop, hold, mark (see 'usertcp link "
            + "--help')"
        },
        {
            "lab --impair drop=fni:1",
            "--impair: 'fni' in drop=fni:1 is not a kind of packet: use syn, syn-ack, ack, data, fin, ack-of-fin, rst, "
            + "retransmission, any, seq (see 'usertcp lab --help')"
        },
        {
            "link --a one --b two --impair-ab drop=fin:1:to-stack",
            "--impair-ab: 'drop=fin:1:to-stack' names a stack, and a link has none: use --impair-ab or --impair-ba "
            + "(see 'usertcp link --help')"
        },
        {
            "lab --impair-from-stack loss=1%,drop=fin:1:to-stack",
            "--impair-from-stack: 'drop=fin:1:to-stack' is a packet of the opposite direction (see 'usertcp lab "
            + "--help')"
        },
        {
            "up --impair-to-stack dup=data:1:from-stack",
            "--impair-to-stack: 'dup=data:1:from-stack' is a packet of the opposite direction (see 'usertcp up --help')"
        },
        {
            "link --a one --b two --impair-ba delay=20",
            "--impair-ba: '20' does not fit delay=: it takes a time up to an hour, such as 20ms, 500us or 2s (see "
            + "'usertcp link --help')"
        },
        {
            "link --a one --b two --address-b 198.18.7.2",
            "--address-b: '198.18.7.2' is not an address with a prefix length, such as 198.18.0.1/24 (see "
            + "'usertcp link --help')"
        },
        {
            "link --a one --b one",
            "--a and --b are the same network namespace: an interface of one name is there once only (see "
            + "'usertcp link --help')"
        },
        { "explain", "Required argument 'FILE' missing for command: 'explain'. (see 'usertcp explain --help')" },
        {
            "explain a.pcap --side C",
            "--side: 'C' is neither A, B nor an IP address (see 'usertcp explain --help')"
        },
        {
            "explain a.pcap --connection first",
            "--connection: 'first' is neither a number nor ADDRESS:PORT (see 'usertcp explain --help')"
        },
        { "doctor now", "'now' is one argument too many (see 'usertcp doctor --help')" },
    };

    public static TheoryData<string> Right =>
    [
        "--help", "--version", "demo", "demo --svg ladder.svg", "lab", "lab -- curl -sS --fail http://198.18.0.2/",
        "lab --mtu 1280 --msl 0.5 -- true @file", "lesson", "lesson time-wait --lang ko -y", "lesson --all --json",
        "up --address 198.18.0.2,2001:db8:75::2 --peer 198.18.0.1/24,2001:db8:75::1/64 --mtu 9000 --queues 16 --cc "
        + "newreno --device ut%d --services echo,http",
        "up --capture trace.pcapng --json -v", "nc 198.18.0.1 7", "nc -l 5000 -w 1.5 -v", "nc 198.18.0.1 http",
        "nc -lkp 5000", "nc -z -v -p 1025 -4 host 20-25",
        "ss -i", "ss --json", "ss -tan", "ss -4 -l -H ( sport = :80 or dport = :80 )", "ss --stack ut0 dst ::1",
        "watch -6 state established sport = :http --stack 42", "completion zsh", "man",
        "watch --count 3", "doctor --json",
        "plot events -o picture.svg --view ladder --connection 2 --width 400", "plot - --direction in",
        "explain file.pcap --side A --lang ko -c 3 sport = :80", "explain - --json --connection 192.0.2.1:80",
        "link --a one --b /proc/7/ns/net --impair loss=1%,reorder=2%,rate=10mbit,ecn=30 --mtu 9000 --json",
        "up --impair loss=1%,drop=fin:1:to-stack,hold=data:3-5:200ms,seed=7",
        "lab --impair delay=1ms --impair-from-stack drop=fin:1:from-stack --impair-to-stack loss=1% -- true",
        "link --a 1 --b 2 --impair-ab drop=ack-of-fin:1",
        "link --a one --b 7 --impair-ab delay=1ms --impair-ba delay=2ms --address-a "
        + "198.18.7.1/24,2001:db8:77::1/64 --device link%d",
    ];

    [Theory]
    [MemberData(nameof(Wrong))]
    public void What_is_wrong_is_told_on_one_line(string arguments, string message)
    {
        var parsed = CommandTree.Parse(Words(arguments));
        using var error = new StringWriter { NewLine = "\n" };

        Assert.NotEmpty(parsed.Errors);
        Assert.Equal(ExitCode.Usage, CommandTree.Refuse(parsed, error));
        Assert.Equal($"usertcp: {message}\n", error.ToString());
    }

    [Theory]
    [MemberData(nameof(Right))]
    public void What_is_right_is_taken(string arguments) => Assert.Empty(CommandTree.Parse(Words(arguments)).Errors);

    private static string[] Words(string arguments) => arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
