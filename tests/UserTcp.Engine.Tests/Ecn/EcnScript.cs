using System.Buffers.Binary;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Ecn;

/// <summary>A connection whose ends use ECN, and packets that are marked on their way.</summary>
internal sealed class EcnScript
{
    private const int Segment = 1000;

    /// <summary>A passive open that the peer's SYN asks for ECN in, accepted.</summary>
    public EcnScript(string family = "4", uint irs = Isn.NearHalf, uint? iss = null, LinkProperties? link = null, EngineOptions? options = null)
    {
        Script = new Script(options, irs, family, link, iss, cookies: SynCookieMode.Never);
        Script.Listen(new ConnectionOptions { NoDelay = true, TrafficClass = 0x10 });
        Script.Inject(TcpFlags.Syn | TcpFlags.Ece | TcpFlags.Cwr, seq: 0, options: new TcpOptions { Mss = Segment });
        Assert.Equal(0x10, Script.Expect(TcpFlags.Syn | TcpFlags.Ack | TcpFlags.Ece, seq: 0, ack: 1).TrafficClass);
        Script.Inject(TcpFlags.Ack, seq: 1, ack: 1);
        Script.AcceptWaiting();
        Assert.True(Script.Engine.GetSnapshot(Script.Connection).Ecn);
    }

    public Script Script { get; }

    public long Window => Script.Connection.Congestion.Window;

    /// <summary>Text from the peer in a packet that is marked: CE.</summary>
    public void WithCe(TcpFlags flags, uint seq, string data) => Script.InjectFrame(Mark(Script.Segment(flags, seq, ack: 1, data: data)));

    public void Data(TcpFlags flags, uint seq, string data) => Script.Inject(flags, seq, ack: 1, data: data);

    /// <summary>Sends so many segments, and looks at each.</summary>
    public List<SentSegment> Send(int segments)
    {
        Script.Send(new byte[segments * Segment]);
        return Sent();
    }

    /// <summary>What has been sent and not been looked at.</summary>
    public List<SentSegment> Sent()
    {
        var sent = new List<SentSegment>();
        while (Script.TrySent() is { } segment)
            sent.Add(segment);
        return sent;
    }

    private static byte[] Mark(byte[] frame)
    {
        if (frame[0] >> 4 == 6)
        {
            frame[1] |= EcnState.CongestionExperienced << 4;
            return frame;
        }

        frame[1] |= EcnState.CongestionExperienced;
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(10), 0);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(10), InternetChecksum.Compute(frame.AsSpan(0, IpHeader.IPv4Length)));
        return frame;
    }
}
