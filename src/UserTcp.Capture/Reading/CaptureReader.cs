using System.Globalization;

namespace UserTcp.Capture.Reading;

/// <summary>
/// Reads the packets of a pcap or pcapng file from a stream, one at a time. Bytes of the file never cause an exception:
/// reading ends where the file breaks, and <see cref="Error"/> says where and why.
/// </summary>
public abstract class CaptureReader
{
    /// <summary>The max length of a packet or block that is read, in bytes. Longer ones can only be skipped.</summary>
    internal const int MaxBlock = 1 << 20;

    private protected CaptureReader(ByteSource source) => Source = source;

    /// <summary>What is wrong with the file, and at which byte; null while nothing is.</summary>
    public string? Error { get; private protected set; }

    /// <summary>Packets read so far.</summary>
    public long Packets { get; private protected set; }

    /// <summary>
    /// The custom options of interface statistics blocks that the last call of <see cref="TryRead"/> has passed.
    /// </summary>
    public IReadOnlyList<CustomOption> StatisticsOptions => Loose;

    private protected ByteSource Source { get; }

    private protected List<CustomOption> Loose { get; } = [];

    /// <summary>True for the first four bytes of a pcap or pcapng file.</summary>
    public static bool IsCapture(ReadOnlySpan<byte> start) => start.Length >= sizeof(uint)
        && (PcapReader.FormatOf(start) is not null || PcapngReader.IsSectionHeader(start));

    /// <summary>
    /// Opens a capture; its first bytes say which format it has. One of another format has no packets, and an error.
    /// </summary>
    /// <param name="stream">The file, which the caller owns and closes.</param>
    /// <exception cref="IOException">The stream fails.</exception>
    public static CaptureReader Open(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var source = new ByteSource(stream);
        if (!source.TryFill(sizeof(uint)))
        {
            return new NoCaptureReader(
                source, source.Buffered == 0 ? "the file is empty" : "the file is too short for a capture");
        }

        var start = source.Peek(sizeof(uint));
        if (PcapReader.FormatOf(start) is { } format)
            return new PcapReader(source, format);
        if (PcapngReader.IsSectionHeader(start))
            return new PcapngReader(source);
        return new NoCaptureReader(
            source,
            start[0] == 0x1F && start[1] == 0x8B
                ? "the file is compressed: unpack it first, as with gunzip"
                : "this is neither a pcap nor a pcapng file");
    }

    /// <summary>Reads the next packet; false at the end of the file and where it breaks.</summary>
    /// <exception cref="IOException">The stream fails.</exception>
    public abstract bool TryRead(out CapturedPacket packet);

    private protected bool Fail(string problem)
    {
        Error ??= string.Create(CultureInfo.InvariantCulture, $"byte {Source.Position}: {problem}");
        return false;
    }

    private sealed class NoCaptureReader : CaptureReader
    {
        public NoCaptureReader(ByteSource source, string problem)
            : base(source) => Error = problem;

        public override bool TryRead(out CapturedPacket packet)
        {
            packet = default;
            return false;
        }
    }
}
