using UserTcp.Fuzz.Parsers;
using UserTcp.Fuzz.Running;
using UserTcp.Fuzz.WholeEngine;

namespace UserTcp.Fuzz;

/// <summary>All targets, the whole engine first.</summary>
internal static class Targets
{
    private static readonly Func<FuzzTarget>[] Makers =
    [
        () => new EngineTarget(), () => new IpTarget(), () => new TcpTarget(), () => new IcmpTarget(),
        () => new UdpTarget(),
        () => new CookieTarget(), () => new VirtioTarget(), () => new CaptureTarget(), () => new ReaderTarget(),
        () => new RecordingTarget(),
        () => new ImpairmentTarget(),
        () => new ScenarioTarget(),
        () => new Iperf3Target(), () => new HttpHeadTarget(), () => new FilterTarget(),
    ];

    public static IReadOnlyList<string> Names { get; } = [.. Makers.Select(make => make().Name)];

    /// <summary>The factory of a target by name; null for an unknown name.</summary>
    public static Func<FuzzTarget>? Find(string name) => Makers.FirstOrDefault(make => make().Name == name);
}
