using System.Buffers.Binary;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Kit;

/// <summary>A connection with ECN, and packets with CE.</summary>
internal sealed class EcnScript
{
    private const int Segment = 1000;

    /// <summary>Passive open with an ECN-setup SYN, accepted.</summary>
    public EcnScript(
        string family = "4", uint irs = Isn.BeforeHalf, uint? iss = null, LinkProperties? link = null,
        EngineOptions? options = null)
    {
        Script = new Script(options, irs, family, link, iss, cookies: SynCookieMode.Never);
        var synAck = Script.Accept(
            mss: Segment, options: new ConnectionOptions { NoDelay = true, TrafficClass = 0x10 },
            ecn: TcpFlags.Ece | TcpFlags.Cwr);
        Assert.Equal(0x10, synAck.TrafficClass);
        Assert.True(Script.Engine.GetSnapshot(Script.Connection).Ecn);
    }

    public Script Script { get; }

    public long Window => Script.Connection.Congestion.Window;

    /// <summary>Data from the peer in a packet with CE.</summary>
    public void InjectCe(TcpFlags flags, uint seq, string data) =>
        Script.InjectFrame(SetCe(Script.Segment(flags, seq, ack: 1, data: data)));

    public void Inject(TcpFlags flags, uint seq, string data) => Script.Inject(flags, seq, ack: 1, data: data);

    /// <summary>Sends full segments and returns what was sent.</summary>
    public List<SentSegment> Send(int segments)
    {
        Script.Send(new byte[segments * Segment]);
        return Sent();
    }

    /// <summary>Dequeues all sent segments.</summary>
    public List<SentSegment> Sent()
    {
        var sent = new List<SentSegment>();
        while (Script.TryDequeueSent() is { } segment)
            sent.Add(segment);
        return sent;
    }

    private static byte[] SetCe(byte[] frame)
    {
        if (frame[0] >> 4 == 6)
        {
            frame[1] |= EcnState.CongestionExperienced << 4;
            return frame;
        }

        frame[1] |= EcnState.CongestionExperienced;
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(10), 0);
        BinaryPrimitives.WriteUInt16BigEndian(
            frame.AsSpan(10), InternetChecksum.Compute(frame.AsSpan(0, IpHeader.IPv4Length)));
        return frame;
    }
}
