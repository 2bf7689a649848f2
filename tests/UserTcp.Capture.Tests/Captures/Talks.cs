using UserTcp.Wire;

namespace UserTcp.Capture.Tests.Captures;

/// <summary>Conversations that show what a capture can show. The client uploads to the server.</summary>
internal static class Talks
{
    private const TcpFlags Ack = TcpFlags.Ack;
    private const TcpFlags FinAck = TcpFlags.Fin | TcpFlags.Ack;

    public static IEnumerable<Talk> All =>
    [
        Closed(), LostWithSack(), LostWithDuplicateAcks(), Timeout(), TailLossProbe(), Spurious(),
        SpuriousByAck(),
        ZeroWindow(), WindowFull(), KeepAlive(), SimultaneousOpen(), FromTheMiddle(), OneWay(), Reordered(),
        LostBefore(),
        Duplicated(), Corrupted(), Missed(), Refused(), Reset(), ResetAfterFin(), Unanswered(), SynAgain(),
        HalfClosed(),
        Idle(), Rude(), Unexplained(), OptionsCut(), Crossed(), Storm(),
    ];

    public static Talk Closed() => new Talk().Open().C(Ack, 1, 1, 100).S(Ack, 1, 101, at: 20).S(Ack, 1, 101, 50)
        .C(FinAck, 101, 51, at: 10).S(FinAck, 51, 102, at: 20).C(Ack, 102, 52, at: 10);

    /// <summary>The first of eight segments arrives only after three timeouts.</summary>
    public static Talk Storm() => Flight(new Talk().Open(), 8).C(Ack, 1, 1, 1000, at: 500)
        .C(Ack, 1, 1, 1000, at: 1000).C(Ack, 1, 1, 1000, at: 2000).S(Ack, 1, 8001, at: 20);

    /// <summary>Eight segments. The third passes the capture point, but does not arrive.</summary>
    public static Talk LostWithSack() => Flight(new Talk().Open(), 8)
        .S(Ack, 1, 2001, at: 11)
        .S(Ack, 1, 2001, at: 1, sack: (3001, 4001)).S(Ack, 1, 2001, at: 1, sack: (3001, 5001))
        .S(Ack, 1, 2001, at: 1, sack: (3001, 8001))
        .C(Ack, 2001, 1, 1000, at: 10)
        .S(Ack, 1, 8001, at: 20);

    public static Talk LostWithDuplicateAcks() => Flight(new Talk { HasSack = false }.Open(), 8)
        .S(Ack, 1, 1001, at: 13).S(Ack, 1, 1001, at: 1).S(Ack, 1, 1001, at: 1).S(Ack, 1, 1001, at: 1)
        .C(Ack, 1001, 1, 1000, at: 10)
        .S(Ack, 1, 4001, at: 20)
        .C(Ack, 4001, 1, 1000, at: 10)
        .S(Ack, 1, 8001, at: 20);

    /// <summary>Everything after the first segment is lost.</summary>
    public static Talk Timeout() => Flight(new Talk().Open(), 4)
        .S(Ack, 1, 1001, at: 17)
        .C(Ack, 1001, 1, 1000, at: 1200)
        .S(Ack, 1, 2001, at: 20)
        .C(Ack, 2001, 1, 1000, at: 10).C(Ack, 3001, 1, 1000, at: 0.1)
        .S(Ack, 1, 4001, at: 20);

    public static Talk TailLossProbe() => Flight(new Talk().Open(), 4)
        .S(Ack, 1, 3001, at: 17)
        .C(Ack, 3001, 1, 1000, at: 75)
        .S(Ack, 1, 4001, at: 20);

    /// <summary>A retransmission whose D-SACK says that the original had arrived.</summary>
    public static Talk Spurious() => Flight(new Talk().Open(), 2)
        .C(Ack, 1, 1, 1000, at: 400)
        .S(Ack, 1, 2001, at: 20, sack: (1, 1001));

    public static Talk SpuriousByAck() => Flight(new Talk().Open(), 2)
        .S(Ack, 1, 2001, at: 20)
        .C(Ack, 1, 1, 1000, at: 2);

    /// <summary>The client fills the window of the SYN, and the server's application does not read.</summary>
    public static Talk ZeroWindow() => Flight(new Talk().Open(), 8)
        .ServerOffers(0).S(Ack, 1, 8001, at: 20)
        .C(Ack, 8000, 1, at: 300).S(Ack, 1, 8001, at: 20)
        .C(Ack, 8000, 1, at: 600).S(Ack, 1, 8001, at: 20)
        .ServerOffers(8000).S(Ack, 1, 8001, at: 500)
        .C(Ack, 8001, 1, 1000, at: 10).S(Ack, 1, 9001, at: 20);

    /// <summary>The server's window has room for four segments.</summary>
    public static Talk WindowFull()
    {
        var talk = new Talk().ServerOffers(500).Open();
        for (uint round = 0; round < 4; round++)
        {
            for (uint i = 0; i < 4; i++)
                talk.C(Ack, 1 + (round * 4000) + (i * 1000), 1, 1000, at: i == 0 ? 10 : 0.1);
            talk.S(Ack, 1, 4001 + (round * 4000), at: 20);
        }

        return talk;
    }

    public static Talk KeepAlive() => new Talk().Open().C(Ack, 1, 1, 100).S(Ack, 1, 101, at: 20)
        .C(Ack, 100, 1, at: 7_200_000).S(Ack, 1, 101, at: 20);

    public static Talk SimultaneousOpen() => new Talk().C(TcpFlags.Syn, 0, 0).S(TcpFlags.Syn, 0, 0)
        .C(TcpFlags.Syn | Ack, 0, 1).S(TcpFlags.Syn | Ack, 0, 1).C(Ack, 1, 1, 10, at: 10).S(Ack, 1, 11, at: 10);

    public static Talk FromTheMiddle() => Flight(new Talk(), 3).S(Ack, 1, 3001, at: 20).S(Ack, 1, 3001, 500)
        .C(Ack, 3001, 501, at: 10);

    /// <summary>Only what the server sends is captured.</summary>
    public static Talk OneWay() => new Talk().S(TcpFlags.Syn | Ack, 0, 1).S(Ack, 1, 101, at: 20).S(Ack, 1, 501, 1000)
        .S(Ack, 1001, 501, 1000);

    /// <summary>The second segment passes behind the third.</summary>
    public static Talk Reordered() => new Talk().Open().C(Ack, 1, 1, 1000, stamp: 10).C(Ack, 2001, 1, 1000, stamp: 12)
        .C(Ack, 1001, 1, 1000, stamp: 11).S(Ack, 1, 3001, at: 20);

    /// <summary>The second segment is lost before the capture point.</summary>
    public static Talk LostBefore() => new Talk().Open().C(Ack, 1, 1, 1000).C(Ack, 2001, 1, 1000).C(Ack, 3001, 1, 1000)
        .S(Ack, 1, 1001, at: 20, sack: (2001, 3001)).S(Ack, 1, 1001, sack: (2001, 4001))
        .C(Ack, 1001, 1, 1000, at: 10).S(Ack, 1, 4001, at: 20);

    public static Talk Duplicated() => new Talk().Open()
        .C(Ack, 1, 1, 1000, stamp: 10).C(Ack, 1, 1, 1000, 0.1, stamp: 10)
        .S(Ack, 1, 1001, at: 20);

    public static Talk Corrupted() => new Talk().Open().C(Ack, 1, 1, 1000).Corrupt()
        .C(Ack, 1, 1, 1000, at: 300).S(Ack, 1, 1001, at: 20);

    /// <summary>The capture misses a segment that arrives.</summary>
    public static Talk Missed() => new Talk().Open()
        .C(Ack, 1, 1, 1000).S(Ack, 1, 2001, at: 20).C(Ack, 2001, 1, 100, at: 10)
        .S(Ack, 1, 2101, at: 20);

    public static Talk Refused() => new Talk().C(TcpFlags.Syn, 0, 0).S(TcpFlags.Rst | Ack, 0, 1, at: 20);

    public static Talk Reset() => new Talk().Open().C(Ack, 1, 1, 100).S(TcpFlags.Rst | Ack, 1, 101, at: 20);

    public static Talk ResetAfterFin() => new Talk().Open().S(FinAck, 1, 1).C(Ack, 1, 2, 100, at: 10)
        .S(TcpFlags.Rst, 2, 0, at: 20);

    public static Talk Unanswered() => new Talk().C(TcpFlags.Syn, 0, 0).C(TcpFlags.Syn, 0, 0, at: 1000)
        .C(TcpFlags.Syn, 0, 0, at: 2000);

    /// <summary>The SYN,ACK is lost, so that the SYN is retransmitted, and the SYN,ACK with it.</summary>
    public static Talk SynAgain() => new Talk().C(TcpFlags.Syn, 0, 0).S(TcpFlags.Syn | Ack, 0, 1, at: 20)
        .C(TcpFlags.Syn, 0, 0, at: 1000).S(TcpFlags.Syn | Ack, 0, 1, at: 20).C(Ack, 1, 1, at: 10);

    public static Talk HalfClosed() => new Talk().Open().C(FinAck, 1, 1).S(Ack, 1, 2, at: 20);

    /// <summary>An application that writes once a second.</summary>
    public static Talk Idle()
    {
        var talk = new Talk().Open();
        for (uint i = 0; i < 10; i++)
            talk.C(Ack, 1 + (i * 100), 1, 100, at: 1000).S(Ack, 1, 101 + (i * 100), at: 20);
        return talk;
    }

    /// <summary>A client that breaks rules.</summary>
    public static Talk Rude() => new Talk { HasSack = false }.C(TcpFlags.Syn, 0, 0, stamp: 1)
        .S(TcpFlags.Syn | Ack, 0, 1, at: 20, stamp: 1).C(Ack, 1, 1, at: 10, stamp: 2)
        .C(TcpFlags.Psh, 1, 0, 10, stamp: 3)
        .C(Ack, 1, 1, 10).S(Ack, 1, 11, at: 20, stamp: 3)
        .ClientOffers(1000).C(Ack, 11, 1, stamp: 4)
        .C(Ack, 11, 1, stamp: 5, sack: (100, 200))
        .C(Ack, 11, 1, 20_000, stamp: 6).C(Ack, 20_011, 1, 20_000, stamp: 6).C(Ack, 40_011, 1, 20_000, stamp: 6)
        .C(Ack, 60_011, 1, 20_000, stamp: 6).S(Ack, 1, 80_011, at: 20, stamp: 7)
        .C(FinAck, 80_011, 1, stamp: 8).C(Ack, 80_012, 1, 10, stamp: 9).S(Ack, 1, 80_012, at: 20, stamp: 9);

    /// <summary>A retransmission in the middle of a flight, which nothing asked for.</summary>
    public static Talk Unexplained() => Flight(new Talk().Open(), 5)
        .C(Ack, 1001, 1, 1000, at: 60).S(Ack, 1, 5001, at: 20);

    public static Talk OptionsCut()
    {
        var talk = new Talk { Cut = 44 }.Open();
        return talk;
    }

    /// <summary>Both FINs cross.</summary>
    public static Talk Crossed() => new Talk().Open().C(FinAck, 1, 1).S(FinAck, 1, 1).C(Ack, 2, 2, at: 10)
        .S(Ack, 2, 2, at: 10);

    private static Talk Flight(Talk talk, uint segments)
    {
        for (uint i = 0; i < segments; i++)
            talk.C(Ack, 1 + (i * 1000), 1, 1000, at: i == 0 ? 10 : 0.1);
        return talk;
    }
}
