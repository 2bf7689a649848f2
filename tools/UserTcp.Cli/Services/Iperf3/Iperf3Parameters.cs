using System.Text.Json;

namespace UserTcp.Cli.Services.Iperf3;

/// <summary>What the client wants to measure. Whatever it asks for, nothing here is out of bounds.</summary>
internal sealed record Iperf3Parameters
{
    private const int MaxStreams = 128;
    private const int MaxSeconds = 86_400;
    private const int MaxOmit = 60;
    private const int MaxBlock = 1 << 20;
    private const int DefaultBlock = 128 << 10;

    /// <summary>Streams in each direction.</summary>
    public int Streams { get; private init; } = 1;

    /// <summary>The stack sends instead of receiving.</summary>
    public bool IsReverse { get; private init; }

    /// <summary>The stack sends as well as receiving.</summary>
    public bool IsBidirectional { get; private init; }

    /// <summary>Octets of one write of a sender.</summary>
    public int BlockSize { get; private init; } = DefaultBlock;

    /// <summary>How long the test takes; zero when a number of octets or blocks ends it, or the client alone.</summary>
    public TimeSpan Duration { get; private init; }

    /// <summary>What is left out at the start: nothing that it moves counts.</summary>
    public TimeSpan Omit { get; private init; }

    /// <summary>The most that each sender sends, bits a second; 0 for as fast as it goes.</summary>
    public double Rate { get; private init; }

    /// <summary>For the senders' packets.</summary>
    public byte TypeOfService { get; private init; }

    /// <summary>All connections, beside the control connection, that belong to the test.</summary>
    public int Connections => IsBidirectional ? 2 * Streams : Streams;

    /// <summary>Reads the client's JSON.</summary>
    public static Iperf3Error TryParse(ReadOnlyMemory<byte> json, out Iperf3Parameters parameters)
    {
        parameters = new Iperf3Parameters();
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? TryRead(document.RootElement, ref parameters)
                : Iperf3Error.ReceiveParameters;
        }
        catch (JsonException)
        {
            return Iperf3Error.ReceiveParameters;
        }
    }

    private static Iperf3Error TryRead(JsonElement root, ref Iperf3Parameters parameters)
    {
        if (!IsTrue(root, "tcp") || IsTrue(root, "udp") || IsTrue(root, "sctp"))
            return Iperf3Error.NotImplemented;
        var (streams, block) = (Number(root, "parallel", 1), Number(root, "len", DefaultBlock));
        var (seconds, omit, service) = (Number(root, "time", 0), Number(root, "omit", 0), Number(root, "TOS", 0));
        parameters = new Iperf3Parameters
        {
            Streams = (int)Math.Clamp(streams, 1, MaxStreams),
            IsReverse = IsTrue(root, "reverse"),
            IsBidirectional = IsTrue(root, "bidirectional"),
            BlockSize = (int)Math.Clamp(block, 1, MaxBlock),
            Duration = TimeSpan.FromSeconds(Math.Clamp(seconds, 0, MaxSeconds)),
            Omit = TimeSpan.FromSeconds(Math.Clamp(omit, 0, MaxOmit)),
            Rate = Math.Max(0, Number(root, "bandwidth", 0)),
            TypeOfService = (byte)Math.Clamp(service, 0, byte.MaxValue),
        };
        return true switch
        {
            _ when streams is not (>= 1 and <= MaxStreams) => Iperf3Error.StreamCount,
            _ when block is not (>= 1 and <= MaxBlock) => Iperf3Error.BlockSize,
            _ when seconds is not (>= 0 and <= MaxSeconds) => Iperf3Error.Duration,
            _ when omit is not (>= 0 and <= MaxOmit) => Iperf3Error.Omit,
            _ when service is not (>= 0 and <= byte.MaxValue) => Iperf3Error.TypeOfService,
            _ when parameters.IsReverse && parameters.IsBidirectional => Iperf3Error.BothDirections,
            _ => Iperf3Error.None,
        };
    }

    private static bool IsTrue(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    /// <summary>A number; NaN, which is within no bounds, when something else stands in its place.</summary>
    private static double Number(JsonElement root, string name, double otherwise)
    {
        if (!root.TryGetProperty(name, out var value))
            return otherwise;
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) ? number : double.NaN;
    }
}
