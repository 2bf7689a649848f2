using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture.Tests.Pictures.Kit;

/// <summary>The connections that the tests draw.</summary>
internal static class Recordings
{
    private const int Block = 1448;

    private static readonly Dictionary<string, Func<RecordedTalk>> ByName = new()
    {
        ["close"] = Close,
        ["closed-by-peer"] = ClosedByPeer,
        ["loss"] = Loss,
        ["timeout"] = Timeout,
        ["zero-window"] = ZeroWindow,
        ["simultaneous"] = Simultaneous,
        ["transfer"] = Transfer,
        ["overview"] = Overview,
    };

    /// <summary>All by name.</summary>
    public static IReadOnlyDictionary<string, Func<RecordedTalk>> All => ByName;

    /// <summary>A request, its answer, and we close first.</summary>
    public static RecordedTalk Close() =>
        new RecordedTalk().Connect().Send(420).Receive(2000).Close().Run(60).PeerCloses().Run(120_000);

    /// <summary>The peer closes first.</summary>
    public static RecordedTalk ClosedByPeer() =>
        new RecordedTalk(delay: 0.04).Connect().Send(420).Receive(900).PeerCloses().Run(60).Close().Run(1000);

    /// <summary>The link loses the second segment of ten: SACK and RACK find it.</summary>
    public static RecordedTalk Loss()
    {
        var recording = new RecordedTalk().Connect();
        var sent = 0;
        recording.Loses = (isOurs, _, bytes) => isOurs && bytes > 0 && ++sent == 2;
        return recording.Send(8 * Block).Run(300).Close().PeerCloses().Run(1000);
    }

    /// <summary>The link loses our SYN, and later the peer's only segment of data.</summary>
    public static RecordedTalk Timeout()
    {
        var recording = new RecordedTalk();
        var (syns, data) = (0, 0);
        recording.Loses = (isOurs, header, bytes) => isOurs
            ? (header.Flags & TcpFlags.Syn) != 0 && ++syns == 1
            : bytes > 0 && ++data == 1;
        return recording.Connect().Send(100).Receive(300).Run(100);
    }

    /// <summary>The peer's application does not read for three seconds.</summary>
    public static RecordedTalk ZeroWindow() =>
        new RecordedTalk().Connect(new ConnectionOptions { ReceiveBufferSize = 8192 })
            .Write(16_000).Run(3000).Read().Run(200).Read().Run(200);

    /// <summary>Both open at the same time, and both close at the same time.</summary>
    public static RecordedTalk Simultaneous()
    {
        var recording = new RecordedTalk().OpenBoth().Run(200);
        return recording.Close().PeerCloses().Run(200);
    }

    /// <summary>A transfer with several losses, in slow start and later.</summary>
    public static RecordedTalk Transfer()
    {
        var recording = new RecordedTalk().Connect();
        var sent = 0;
        recording.Loses = (isOurs, _, bytes) => isOurs && bytes > 0 && ++sent is 40 or 44 or 45 or 180;
        return recording.Send(400_000).Run(100);
    }

    /// <summary>What the README shows: a whole connection with a lost segment.</summary>
    public static RecordedTalk Overview()
    {
        var recording = new RecordedTalk().Connect();
        var sent = 0;
        recording.Loses = (isOurs, _, bytes) => isOurs && bytes > 0 && ++sent == 2;
        return recording.Send(4 * Block).Run(50).Close().Run(60).PeerCloses().Run(120_000);
    }
}
