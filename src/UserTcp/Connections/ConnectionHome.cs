using UserTcp.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Requests;
using UserTcp.Telemetry;

namespace UserTcp.Connections;

/// <summary>What the connections of one loop share: their loop's mailbox and their memory. Any thread.</summary>
/// <param name="mailbox">The loop's mailbox.</param>
/// <param name="pool">The blocks of all that the loop reads, and of all that is written to its connections.</param>
/// <param name="defaults">The engine's options.</param>
/// <param name="meter">The stack's metrics.</param>
internal sealed class ConnectionHome(
    LoopMailbox mailbox, SharedBlockPool pool, EngineOptions defaults, StackMeter meter)
{
    /// <summary>Where connections post what they ask of the loop.</summary>
    public LoopMailbox Mailbox => mailbox;

    public SharedBlockPool Pool => pool;

    /// <summary>When the connections began. Loop's thread.</summary>
    public ConnectionAges Ages { get; } = new(meter);

    /// <summary>Spare states of receiving halves: only those that are not idle have one.</summary>
    public HalfStates<ReadState> ReadStates { get; } = new();

    /// <summary>Spare states of sending halves.</summary>
    public HalfStates<WriteState> WriteStates { get; } = new();

    /// <summary>Bytes of send buffer that a connection with these options starts with.</summary>
    public int InitialSendBufferSize(ConnectionOptions options) =>
        options.SendBufferSize ?? Math.Min(defaults.InitialSendBufferSize, defaults.SendBufferSize);
}
