using System.Net;
using UserTcp.Engine.Contract;
using UserTcp.Impairment;
using UserTcp.Soak.Sampling;
using UserTcp.Soak.Traffic;
using UserTcp.Tun;

namespace UserTcp.Soak;

/// <summary>
/// The network of the traffic: a stack behind a TUN device with the kernel on the other end, and two stacks with an
/// impaired link between them. The process is in a private network namespace.
/// </summary>
internal sealed class World : IAsyncDisposable
{
    public const string Device = "ut0";

    /// <summary>An address of the kernel that is removed and added.</summary>
    public const string OutageAddress = "198.18.1.1/24";

    private static readonly IPAddress PairA = IPAddress.Parse("198.18.8.1");
    private static readonly IPAddress PairB = IPAddress.Parse("198.18.8.2");

    private World(UserTcpStack stack, UserTcpStack a, UserTcpStack b, ResetReasons resets)
    {
        (Stack, Resets) = (stack, resets);
        Stacks = [stack, a, b];
        Kernel = [new KernelHost(IPAddress.Parse("198.18.0.1")), new KernelHost(IPAddress.Parse("2001:db8:75::1"))];
        Own = [new StackHost(stack, IPAddress.Parse("198.18.0.2")), new StackHost(
            stack, IPAddress.Parse("2001:db8:75::2"))];
        Outage = (new KernelHost(IPAddress.Parse("198.18.1.1")), new StackHost(stack, IPAddress.Parse("198.18.1.2")));
        Pair = (new StackHost(a, PairA), new StackHost(b, PairB));
    }

    /// <summary>The stack behind the TUN device.</summary>
    public UserTcpStack Stack { get; }

    /// <summary>All stacks.</summary>
    public IReadOnlyList<UserTcpStack> Stacks { get; }

    public ResetReasons Resets { get; }

    /// <summary>The kernel's addresses, IPv4 and IPv6.</summary>
    public IReadOnlyList<IHost> Kernel { get; }

    /// <summary>The stack's addresses, IPv4 and IPv6.</summary>
    public IReadOnlyList<IHost> Own { get; }

    /// <summary>Both ends of the subnet that is removed and added.</summary>
    public (IHost Kernel, IHost Own) Outage { get; }

    /// <summary>Both ends of the impaired link.</summary>
    public (IHost A, IHost B) Pair { get; }

    public static async Task<World> StartAsync(ulong seed)
    {
        var tun = new TunDeviceOptions { Name = Device };
        foreach (var address in (string[])["198.18.0.1/24", OutageAddress, "2001:db8:75::1/64"])
            tun.KernelAddresses.Add(TunAddress.Parse(address));
        var resets = new ResetReasons();
        var stack = await StartAsync(TunDevice.Open(tun), resets, "198.18.0.2", "198.18.1.2", "2001:db8:75::2");
        var (a, b) = InMemoryLink.CreatePair(new LinkProperties(LinkProperties.DefaultMtu));
        // Replays are younger than the maximum segment lifetime, as TIME-WAIT requires.
        var impairment = LinkImpairment.Parse(
            "loss=1%,burst=0.05%,delay=2ms,jitter=2ms,reorder=2%,dup=1%,corrupt=0.5%,replay=0.1%,replayage=1s") with
        {
            Seed = seed,
        };
        var left = await StartAsync(new ImpairedDevice(a, impairment), resets, PairA.ToString());
        var right = await StartAsync(b, resets, PairB.ToString());
        return new World(stack, left, right, resets);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var stack in Stacks)
            await stack.DisposeAsync();
    }

    private static async Task<UserTcpStack> StartAsync(
        ILinkDevice device, ResetReasons resets, params string[] addresses) =>
        await UserTcpStack.StartAsync(new UserTcpStackOptions
        {
            Device = device,
            Addresses = [.. addresses.Select(IPAddress.Parse)],
            Engine = new EngineOptions { MaxSegmentLifetime = TimeSpan.FromSeconds(2) },
            Observer = resets,
        });
}
