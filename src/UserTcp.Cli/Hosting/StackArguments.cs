using System.CommandLine;
using UserTcp.Cli.Services;
using UserTcp.Engine.Contract;
using UserTcp.Hosting;
using UserTcp.Impairment;

namespace UserTcp.Cli.Hosting;

/// <summary>The options that `up` and `lab` share.</summary>
internal sealed class StackArguments
{
    /// <summary>
    /// The default of minimum progress for the services. Any host that reaches the address can use them, and a peer
    /// that reads nothing would keep a send buffer.
    /// </summary>
    private static readonly TimeSpan DefaultMinProgressInterval = TimeSpan.FromMinutes(10);

    private readonly Option<string[]> _address = CheckedOptions.Addresses(
        "The stack's addresses (default 198.18.0.2,2001:db8:75::2)");
    private readonly Option<string[]> _peer = CheckedOptions.Peers(
        "The kernel's end (default 198.18.0.1/24,2001:db8:75::1/64)");
    private readonly Option<int?> _mtu = CheckedOptions.Number("--mtu", [], "MTU in octets (default 1500)", 68, 65_535);
    private readonly Option<int?> _queues = CheckedOptions.Number(
        "--queues", [], "Queues of the device, each with a thread and its share of the connections (default 1)", 1, 16);

    private readonly Option<bool> _noOffload = new("--no-offload")
    {
        Description = "One segment in each frame, with its checksum",
    };

    private readonly Option<string?> _device = CheckedOptions.Device(
        "TUN interface (default ut0; ut%d takes the next free one)");
    private readonly Option<string[]> _services = CheckedOptions.List(
        "--services", "LIST", $"Services, of {ServiceCatalog.AllNames} (default all)",
        $"a service: choose from {ServiceCatalog.AllNames}", name => ServiceCatalog.Names.Contains(name))
        .CompletedBy(ServiceCatalog.Names);

    private readonly Option<bool> _fastOpen = new("--fastopen")
    {
        Description = "Take a request in the SYN (TCP Fast Open), on all services",
    };

    private readonly Option<SynCookieMode?> _synCookies = CheckedOptions.SynCookies();
    private readonly Option<CongestionAlgorithm?> _cc = CheckedOptions.CongestionControl();

    private readonly Option<string> _capture = new("--capture")
    {
        Description = "Write every frame to this pcapng file, with the reason for each segment; with "
            + "SSLKEYLOGFILE also TLS keys",
        HelpName = "FILE",
    };

    private readonly Option<string> _record = new("--record")
    {
        Description = "Record the stack's inputs in this file, for 'usertcp replay': all data, and its secrets",
        HelpName = "FILE",
    };

    private readonly Option<int?> _recordMax = CheckedOptions.Number(
        "--record-max", [], "Max size of the recording in MiB, which ends it (default 1024)", 1, 1 << 20);

    private readonly Option<TimeSpan?> _msl = CheckedOptions.Seconds(
        "--msl", [], "Maximum segment lifetime (default 30)");
    private readonly Option<string?> _impair = CheckedOptions.Impairment(
        "--impair",
        "What goes wrong on the link, both ways, such as "
        + "loss=1%,delay=20ms,jitter=5ms,reorder=2%,dup=1%,corrupt=0.1%,rate=50mbit,seed=7; or to one packet of "
        + "each connection, such as drop=fin:1,hold=data:3:200ms,dup=syn-ack:1:from-stack");

    private readonly Option<string?> _impairFromStack = CheckedOptions.Impairment(
        "--impair-from-stack", "The same to what the stack sends only, instead of --impair", static trigger =>
            ProblemOf(trigger, LinkTriggerDirection.ToStack));
    private readonly Option<string?> _impairToStack = CheckedOptions.Impairment(
        "--impair-to-stack", "The same to what the stack receives only, instead of --impair", static trigger =>
            ProblemOf(trigger, LinkTriggerDirection.FromStack));

    private readonly Option<bool> _verbose = new("--verbose", "-v") { Description = "Log more, on standard error" };

    /// <summary>The ready line as JSON.</summary>
    public Option<bool> Json { get; } = new("--json")
    {
        Description = "Print the ready line as JSON: up on standard output, lab on standard error",
    };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[]
        {
            _address, _peer, _mtu, _queues, _noOffload, _device, _services, _fastOpen, _synCookies, _cc, _capture,
            _record, _recordMax, _impair, _impairFromStack, _impairToStack, _msl, Json, _verbose
        })
        {
            command.Options.Add(option);
        }
    }

    public bool IsVerbose(ParseResult parsed) => parsed.GetValue(_verbose);

    /// <summary>Names of the chosen services.</summary>
    public IReadOnlyList<string> Services(ParseResult parsed) =>
        parsed.GetValue(_services) is { Length: > 0 } names ? [.. names.Distinct()] : ServiceCatalog.Names;

    /// <summary>Ends the command when a file that it will write cannot be written.</summary>
    public void CheckFiles(ParseResult parsed)
    {
        if (parsed.GetValue(_capture) is { } file)
            OutputFile.Check("--capture", file);
        if (parsed.GetValue(_record) is { } recording)
            OutputFile.Check("--record", recording);
    }

    /// <summary>Applies the command line on top of the configuration.</summary>
    public void Apply(ParseResult parsed, UserTcpOptions options)
    {
        Replace(options.Addresses, parsed.GetValue(_address));
        Replace(options.KernelAddresses, parsed.GetValue(_peer));
        options.Mtu = parsed.GetValue(_mtu) ?? options.Mtu;
        options.Queues = parsed.GetValue(_queues) ?? options.Queues;
        options.Offload &= !parsed.GetValue(_noOffload);
        options.Device = parsed.GetValue(_device) ?? options.Device;
        options.CaptureFile = parsed.GetValue(_capture) ?? options.CaptureFile;
        options.RecordFile = parsed.GetValue(_record) ?? options.RecordFile;
        if (parsed.GetValue(_recordMax) is { } mebibytes)
            options.MaxRecordLength = (long)mebibytes << 20;
        options.Engine.MaxSegmentLifetime = parsed.GetValue(_msl) ?? options.Engine.MaxSegmentLifetime;
        options.Engine.CongestionControl = parsed.GetValue(_cc) ?? options.Engine.CongestionControl;
        options.Engine.MinProgressInterval ??= DefaultMinProgressInterval;
        options.Engine.SynCookies = parsed.GetValue(_synCookies) ?? options.Engine.SynCookies;
        options.FastOpen |= parsed.GetValue(_fastOpen);
        options.Impair = parsed.GetValue(_impair) ?? options.Impair;
        options.ImpairFromStack = parsed.GetValue(_impairFromStack) ?? options.ImpairFromStack;
        options.ImpairToStack = parsed.GetValue(_impairToStack) ?? options.ImpairToStack;
    }

    /// <summary>A packet of the opposite direction would never come.</summary>
    private static string? ProblemOf(LinkTrigger trigger, LinkTriggerDirection opposite) =>
        trigger.Direction == opposite ? $"'{trigger}' is a packet of the opposite direction" : null;

    private static void Replace(IList<string> list, string[]? with)
    {
        if (with is null or [])
            return;
        list.Clear();
        foreach (var item in with)
            list.Add(item);
    }
}
