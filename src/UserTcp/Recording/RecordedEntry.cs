using UserTcp.Engine.Contract;
using UserTcp.Engine.Recording;
using UserTcp.Engine.Udp;
using UserTcp.Wire;

namespace UserTcp.Recording;

/// <summary>An entry, parsed. Which fields it has follows from its kind; the others keep old values.</summary>
internal sealed class RecordedEntry
{
    public EntryKind Kind { get; set; }

    public int Loop { get; set; }

    /// <summary>The time of the call; that of the loop's last call when it has none.</summary>
    public MonotonicTime Now { get; set; }

    /// <summary>The number of the connection, listener or UDP endpoint.</summary>
    public int Number { get; set; }

    public IpAddress? LocalAddress { get; set; }

    public FourTuple Tuple { get; set; }

    public int? Backlog { get; set; }

    public ListenFlags Flags { get; set; }

    public UdpFlags UdpFlags { get; set; }

    /// <summary>The destination of a datagram, or the end that an endpoint is connected to.</summary>
    public UdpPeer Peer { get; set; }

    public ConnectionOptions Options { get; set; } = ConnectionOptions.Default;

    /// <summary>Bytes consumed, or of the frame that was sent.</summary>
    public int Bytes { get; set; }

    public uint Digest { get; set; }

    public RecordedCall Call { get; set; }

    public EngineEvents Events { get; set; }

    public string Fault { get; set; } = "";

    public bool IsHandOver { get; set; }

    public long MemoryElsewhere { get; set; }

    public long MemoryLimit { get; set; }

    public LinkVerdict Verdict { get; set; }

    /// <summary>The blocks: that of a frame or datagram, or the chain of SEND.</summary>
    public List<RecordedBlock> Blocks { get; } = [];

    /// <summary>The numbers and times of the events that happened in the entry.</summary>
    public List<EventStamp> Stamps { get; } = [];

    /// <summary>Which rents of the entry failed, counted from 0.</summary>
    public HashSet<int> FailedRents { get; } = [];
}

/// <summary>A block of data.</summary>
/// <param name="Shape">The constants of <see cref="RecordingFormat"/>.</param>
/// <param name="Start">The offset of the data in the block.</param>
/// <param name="Data">The data, which is valid until the next entry.</param>
internal readonly record struct RecordedBlock(int Shape, int Start, ReadOnlyMemory<byte> Data);
