using UserTcp.Capture.Explaining;
using UserTcp.Capture.Inference;
using UserTcp.Capture.Reading;
using UserTcp.Wire;

namespace UserTcp.Capture.Tests.Captures;

/// <summary>
/// A conversation between a client and a server, segment by segment, as a capture file would have it. Sequence numbers
/// are relative; the ISNs are next to 2^32 and 2^31.
/// </summary>
internal sealed class Talk
{
    public const ushort ClientPort = 40_000;
    public const ushort ServerPort = 80;

    // In bytes: the window of a SYN is never scaled.
    private const ushort SynWindow = 8000;

    private static readonly IpAddress Client = IpAddress.FromIPv4(0xC000_0201);
    private static readonly IpAddress Server = IpAddress.FromIPv4(0xC000_0202);
    private static readonly SeqNum ClientIsn = new(uint.MaxValue - 700);
    private static readonly SeqNum ServerIsn = new(int.MaxValue - 300);

    private readonly List<(long Nanoseconds, byte[] Bytes)> _packets = [];

    // TS.Recent of both ends, if all arrives in order.
    private uint _clientStamp;
    private uint _serverStamp;

    /// <summary>The time of the next segment in milliseconds.</summary>
    public double Now { get; set; } = 1_000_000;

    /// <summary>The window field of the client's next segments.</summary>
    public ushort ClientWindow { get; set; } = 8000;

    /// <summary>The window field of the server's next segments.</summary>
    public ushort ServerWindow { get; set; } = 8000;

    /// <summary>How many bytes of a packet are captured.</summary>
    public int Cut { get; set; } = int.MaxValue;

    /// <summary>The SYNs permit SACK.</summary>
    public bool HasSack { get; set; } = true;

    public IReadOnlyList<(long Nanoseconds, byte[] Bytes)> Packets => _packets;

    /// <summary>Sets the client's window field.</summary>
    public Talk ClientOffers(ushort window)
    {
        ClientWindow = window;
        return this;
    }

    /// <summary>Sets the server's window field.</summary>
    public Talk ServerOffers(ushort window)
    {
        ServerWindow = window;
        return this;
    }

    /// <summary>A segment from the client, that many milliseconds after the one before.</summary>
    public Talk C(
        TcpFlags flags, uint seq, uint ack, int payload = 0, double at = 1, uint? stamp = null,
        params (uint Left, uint Right)[] sack) => Add(true, flags, seq, ack, payload, at, stamp, sack);

    /// <summary>A segment from the server.</summary>
    public Talk S(
        TcpFlags flags, uint seq, uint ack, int payload = 0, double at = 1, uint? stamp = null,
        params (uint Left, uint Right)[] sack) => Add(false, flags, seq, ack, payload, at, stamp, sack);

    /// <summary>The handshake, with a round trip of 20 ms to the server and 10 ms to the client.</summary>
    public Talk Open() => C(TcpFlags.Syn, 0, 0).S(TcpFlags.Syn | TcpFlags.Ack, 0, 1, at: 20)
        .C(TcpFlags.Ack, 1, 1, at: 10);

    /// <summary>What usertcp explain makes of it.</summary>
    public CapturedConversations Read()
    {
        var conversations = new CapturedConversations();
        var reader = CaptureReader.Open(new MemoryStream(CaptureFile.Pcap(_packets, cut: Cut)));
        while (reader.TryRead(out var packet))
            conversations.Add(packet);
        Assert.Null(reader.Error);
        return conversations;
    }

    public CapturedConversation ReadOne() => Assert.Single(Read().All);

    /// <summary>The reasons of the segments, as one end sees them.</summary>
    public ReasonId[][] Reasons(ConversationEnd us = ConversationEnd.Acceptor) =>
        [.. ReadOne().Explain(us).Select(e => e.Explained.Phrases.Select(phrase => phrase.Reason.Id).ToArray())];

    /// <summary>The sentences of the segments.</summary>
    public string[] Sentences(ConversationEnd us = ConversationEnd.Acceptor, Language language = Language.English) =>
        [.. ReadOne().Explain(us).Select(e => e.Explained.Say(language))];

    public string[] Summary(Language language = Language.English) =>
        [.. ReadOne().Summarize().Phrases.Select(phrase => phrase.Say(language))];

    /// <summary>All phrases of the segments, for both ends, and of the summaries.</summary>
    public IEnumerable<Phrase> Phrases() => Read().All.SelectMany(conversation => conversation.Summarize().Phrases
        .Concat(Enum.GetValues<ConversationEnd>().SelectMany(conversation.Explain)
            .SelectMany(captured => captured.Explained.Phrases)));

    /// <summary>Changes the checksum of the last segment.</summary>
    public Talk Corrupt()
    {
        _packets[^1].Bytes[^1] ^= 0x55;
        return this;
    }

    /// <summary>Removes the last segment: it passes elsewhere, or is lost before the capture point.</summary>
    public Talk Unseen()
    {
        _packets.RemoveAt(_packets.Count - 1);
        return this;
    }

    private Talk Add(
        bool isClient, TcpFlags flags, uint seq, uint ack, int payload, double at, uint? stamp,
        (uint Left, uint Right)[] sack)
    {
        Now += at;
        var (own, other) = isClient ? (ClientIsn, ServerIsn) : (ServerIsn, ClientIsn);
        var isSyn = (flags & TcpFlags.Syn) != 0;
        var blocks = new SackBlocks();
        foreach (var (left, right) in sack)
            blocks.TryAdd(new SackBlock(other + left, other + right));
        var header = new TcpHeader(
            new Port(isClient ? ClientPort : ServerPort), new Port(isClient ? ServerPort : ClientPort), own + seq,
            (flags & TcpFlags.Ack) != 0 ? other + ack : default, flags,
            isSyn ? SynWindow : isClient ? ClientWindow : ServerWindow);
        var options = new TcpOptions
        {
            Mss = isSyn ? (ushort)1460 : null,
            WindowScale = isSyn ? WindowScale.FromWire(3) : null,
            SackPermitted = isSyn && HasSack,
            Timestamps = stamp is { } value ? new TcpTimestamps(value, isClient ? _serverStamp : _clientStamp) : null,
            Sack = blocks,
        };
        if (isClient)
            _clientStamp = stamp ?? _clientStamp;
        else
            _serverStamp = stamp ?? _serverStamp;
        _packets.Add(((long)(Now * 1_000_000), Packet(isClient, header, options, payload)));
        return this;
    }

    private static byte[] Packet(bool isClient, TcpHeader header, TcpOptions options, int payload)
    {
        var tcp = new byte[TcpHeader.MaxLength + payload];
        var length = header.Write(tcp, options) + payload;
        var (source, destination) = isClient ? (Client, Server) : (Server, Client);
        var sum = new ChecksumAccumulator();
        sum.AddPseudoHeader(source, destination, IpProtocol.Tcp, length);
        sum.Add(tcp.AsSpan(0, length));
        TcpHeader.WriteChecksum(tcp, sum.Finish());
        var packet = new byte[IpHeader.IPv4Length + length];
        IpHeader.Write(packet, source, destination, IpProtocol.Tcp, length, 64, 0);
        tcp.AsSpan(0, length).CopyTo(packet.AsSpan(IpHeader.IPv4Length));
        return packet;
    }
}
