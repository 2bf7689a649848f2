using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;

namespace UserTcp.Kernel.Tests.Kit;

/// <summary>`usertcp link` as a child between two private networks.</summary>
internal sealed class RunningLink : IAsyncDisposable
{
    public static readonly IPAddress AddressA = IPAddress.Parse("198.18.7.1");
    public static readonly IPAddress AddressB = IPAddress.Parse("198.18.7.2");

    private readonly TemporaryFolder _folder = new();
    private readonly Child _inA;
    private readonly Child _inB;

    private RunningLink(string[] arguments)
    {
        // A process identifies an unnamed namespace.
        (_inA, _inB) = (A.Start("sleep", "infinity"), B.Start("sleep", "infinity"));
        Process = new Child(UserTcpCommand.Options(_folder, ["link", "--a", Id(_inA), "--b", Id(_inB), .. arguments]));
    }

    public PrivateNetwork A { get; } = new();

    public PrivateNetwork B { get; } = new();

    public Child Process { get; }

    /// <summary>The line `ready`.</summary>
    public string Ready { get; private set; } = "";

    public static async Task<RunningLink> StartAsync(params string[] arguments)
    {
        var link = new RunningLink(arguments);
        try
        {
            link.Ready = await link.Process.FirstLineAsync();
            return link;
        }
        catch
        {
            await link.DisposeAsync();
            throw;
        }
    }

    /// <summary>Frames that the kernel has received over one end of the link.</summary>
    public static long Received(PrivateNetwork network)
    {
        const int PacketsColumn = 2;
        var line = network.Inside(() => File.ReadLines("/proc/thread-self/net/dev")
            .Single(line => line.TrimStart().StartsWith("link0:", StringComparison.Ordinal)));
        return long.Parse(
            line.Split((char[])[' ', ':'], StringSplitOptions.RemoveEmptyEntries)[PacketsColumn],
            CultureInfo.InvariantCulture);
    }

    public static string[] Interfaces(PrivateNetwork network) =>
        network.Inside(() => NetworkInterface.GetAllNetworkInterfaces().Select(found => found.Name).ToArray());

    public ValueTask DisposeAsync()
    {
        foreach (var child in new[] { Process, _inA, _inB })
            child.Dispose();
        A.Dispose();
        B.Dispose();
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    private static string Id(Child child) => child.Id.ToString(CultureInfo.InvariantCulture);
}
