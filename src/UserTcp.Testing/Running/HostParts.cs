using System.Buffers.Binary;
using UserTcp.Engine.Security;
using UserTcp.Impairment;
using UserTcp.Testing.Wires;

namespace UserTcp.Testing.Running;

/// <summary>What a host needs from its network.</summary>
/// <param name="world">What moves the network.</param>
/// <param name="names">The names of all hosts.</param>
/// <param name="options">The network's options.</param>
/// <param name="number">The host's number, from 1.</param>
/// <param name="check">Looks at the thread that wakes a loop.</param>
/// <param name="send">Sends a frame of a host.</param>
internal sealed class HostParts(
    World world, HostNames names, VirtualNetworkOptions options, int number, Action check,
    FrameSender send)
{
    /// <summary>Headers that a host keeps for the report of a fault of ours.</summary>
    private const int RecordedFrames = 256;

    /// <summary>What moves the network.</summary>
    public World World => world;

    /// <summary>The interface for one start of a host.</summary>
    public VirtualDevice CreateDevice(VirtualHost host, int mtu) =>
        new(host.Name, mtu, send, world, check);

    /// <summary>The options of a host's stack, with secrets that follow from the seed.</summary>
    public UserTcpStackOptions CreateOptions(VirtualHost host, VirtualDevice device, VirtualHostOptions hostOptions) =>
        new()
        {
            Device = device,
            Addresses = [.. host.Addresses],
            Engine = hostOptions.Engine ?? options.Engine,
            Keys = EngineKeys.FromSecret(Secret(host.Starts)),
            TimeProvider = world.Clock,
            LoopRunner = device,
            Observer = host.Ladder,
            Resolver = names.ResolveAsync,
            IdleTrimInterval = Timeout.InfiniteTimeSpan,
            FlightRecorderFrames = RecordedFrames,
            // A crash tells nobody, and the end of a test has no need to wait.
            ShutdownTimeout = TimeSpan.Zero,
        };

    private byte[] Secret(int start)
    {
        var secret = new byte[EngineKeys.SecretLength];
        var key = SplitMix64.Hash(SplitMix64.Hash(options.Seed, (ulong)number), (ulong)start);
        for (var i = 0; i < secret.Length; i += sizeof(ulong))
            BinaryPrimitives.WriteUInt64LittleEndian(secret.AsSpan(i), SplitMix64.Hash(key, (ulong)i));
        return secret;
    }
}
