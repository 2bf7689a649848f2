using System.CommandLine;
using System.Text.Json;
using UserTcp.Cli.Control;
using UserTcp.Cli.Linking;
using UserTcp.Engine.Contract;
using UserTcp.Impairment;
using UserTcp.Tun;

namespace UserTcp.Cli.Commands;

/// <summary>`usertcp link`: joins two network namespaces by an impaired link, without netem.</summary>
internal static class LinkCommand
{
    private const string DefaultDevice = "link0";
    private const string DefaultA = "198.18.7.1/24";
    private const string DefaultB = "198.18.7.2/24";

    private static readonly Option<string> A = Namespace(
        "--a", "One end: a network namespace by its name in /run/netns, its path, or a process in it");
    private static readonly Option<string> B = Namespace("--b", "The other end");
    private static readonly Option<string?> Both = CheckedOptions.Impairment(
        "--impair",
        "What goes wrong, in each direction by itself, such as loss=1%,delay=10ms,rate=50mbit,queue=100,ecn=30",
        ProblemOf);
    private static readonly Option<string?> OnlyAToB = CheckedOptions.Impairment(
        "--impair-ab", "The same from a to b only, instead of --impair", ProblemOf);
    private static readonly Option<string?> OnlyBToA = CheckedOptions.Impairment(
        "--impair-ba", "The same from b to a only, instead of --impair", ProblemOf);
    private static readonly Option<string[]> AddressA = CheckedOptions.Peers(
        "--address-a", $"Addresses of a's end (default {DefaultA})");
    private static readonly Option<string[]> AddressB = CheckedOptions.Peers(
        "--address-b", $"Addresses of b's end (default {DefaultB})");
    private static readonly Option<string?> Device = CheckedOptions.Device(
        $"TUN interface in both namespaces (default {DefaultDevice})");
    private static readonly Option<int?> Mtu = CheckedOptions.Number(
        "--mtu", [], "MTU in octets (default 1500)", 68, 65_535);
    private static readonly Option<bool> Json = new("--json")
    {
        Description = "Print the ready line as JSON on standard output",
    };

    private static readonly TraceOptions Trace = new();

    public static Command Create()
    {
        var command = new DetailedCommand(
            "link", "Join two network namespaces by a link that loses, delays, reorders...",
            """
            Makes a TUN interface in each, and carries packets between them until SIGINT or SIGTERM, which
            removes both. Prints one line that starts with 'ready' once traffic can flow. What --impair takes is
            what it takes at 'up', and delay= counts for one direction: a round trip takes it twice. With rate=,
            queue= packets wait for their turn, and from ecn= packets on those that allow it are marked.
            A trigger such as drop=fin:1 counts the packets of a connection in both directions; with --impair-ab
            or --impair-ba, those of that direction.
            Without any impairment, packets pass as they are, up to 64 KB at once.
            --watch and --ladder infer what the two hosts do from what passes, as 'explain' does; what the
            link lost is known.
            Needs root, or to be inside of the user namespace that the two belong to.

            Example:
              sudo ip netns add one && sudo ip netns add two
              sudo usertcp link --a one --b two --impair loss=1%,delay=10ms,rate=50mbit,queue=100
              sudo ip netns exec one ping 198.18.7.2
            """)
        {
            A, B, Both, OnlyAToB, OnlyBToA, AddressA, AddressB, Device, Mtu, Json,
        };
        Trace.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(A) is { } a && a == result.GetValue(B))
            {
                result.AddError(
                    "--a and --b are the same network namespace: an interface of one name is there once only");
            }
        });
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        // One object for both directions: its triggers count the packets of both together.
        var both = LinkImpairment.Parse(parsed.GetValue(Both) ?? "");
        var aToB = parsed.GetValue(OnlyAToB) is { } ab ? LinkImpairment.Parse(ab) : both;
        var bToA = parsed.GetValue(OnlyBToA) is { } ba ? LinkImpairment.Parse(ba) : both;
        // A seed alone does nothing.
        var isImpaired = aToB with { Seed = 0 } != LinkImpairment.None || bToA with { Seed = 0 } != LinkImpairment.None;
        using var trace = Trace.StartLink(
            parsed, parsed.GetValue(Device) ?? DefaultDevice, parsed.GetValue(Mtu) ?? LinkProperties.DefaultMtu);
        isImpaired |= trace is not null;
        using var interruption = new Interruption(cancellationToken);
        using var a = LinkEnd.Open(parsed.GetValue(A)!, DeviceOptions(parsed, AddressesA(parsed), isImpaired));
        using var b = LinkEnd.Open(parsed.GetValue(B)!, DeviceOptions(parsed, AddressesB(parsed), isImpaired));
        var relay = isImpaired ? RelayThreads.Impaired(a, b, aToB, bToA, trace) : RelayThreads.Plain(a, b);
        try
        {
            SayReady(parsed, a.Name);
            await relay.Ended.WaitAsync(interruption.Token);
        }
        catch (OperationCanceledException) when (interruption.IsRequested)
        {
            // A signal is the usual end.
        }
        finally
        {
            relay.Stop();
            TriggerReport.Print(relay.TriggerCounts);
        }

        return ExitCode.Success;
    }

    private static TunDeviceOptions DeviceOptions(ParseResult parsed, string[] addresses, bool isImpaired)
    {
        var options = new TunDeviceOptions
        {
            Name = parsed.GetValue(Device) ?? DefaultDevice,
            CutArriving = isImpaired,
        };
        options.Mtu = parsed.GetValue(Mtu) ?? options.Mtu;
        foreach (var address in addresses)
            options.KernelAddresses.Add(TunAddress.Parse(address));
        return options;
    }

    private static string? ProblemOf(LinkTrigger trigger) => trigger.Direction == LinkTriggerDirection.Both
        ? null
        : $"'{trigger}' names a stack, and a link has none: use --impair-ab or --impair-ba";

    private static void SayReady(ParseResult parsed, string device)
    {
        var (a, b) = (AddressesA(parsed), AddressesB(parsed));
        Console.WriteLine(parsed.GetValue(Json)
            ? JsonSerializer.Serialize(new LinkNotice("ready", device, a, b), ControlJson.Default.LinkNotice)
            : $"ready {device} {parsed.GetValue(A)} {string.Join(' ', a)} {parsed.GetValue(B)} {string.Join(' ', b)}");
    }

    private static string[] AddressesA(ParseResult parsed) =>
        parsed.GetValue(AddressA) is { Length: > 0 } given ? given : [DefaultA];

    private static string[] AddressesB(ParseResult parsed) =>
        parsed.GetValue(AddressB) is { Length: > 0 } given ? given : [DefaultB];

    private static Option<string> Namespace(string name, string description)
    {
        var option = new Option<string>(name) { Description = description, HelpName = "NETNS", Required = true };
        option.Validators.Add(result =>
        {
            if (result.Tokens is not [{ Value.Length: > 0 }, ..])
            {
                result.AddError(
                    $"{name}: '' is not a network namespace: give a name in /run/netns, a path, or a process id");
            }
        });
        return option;
    }
}
