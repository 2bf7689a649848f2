using UserTcp.Engine.Contract;
using UserTcp.Engine.Recovery;
using UserTcp.Engine.State;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Recovery;

/// <summary>
/// A sender that has text without end, to a peer that permits SACK and is written by hand. Segments have 1,000 octets and are named by
/// their number: segment 0 is [1, 1001).
/// </summary>
internal sealed class SenderScript
{
    public const int Mss = 1000;

    private readonly uint _clock;

    public SenderScript(
        uint iss = 5000, uint irs = 1, bool sack = true, bool timestamps = false, int segments = 1000,
        LossDetectionMethod detection = LossDetectionMethod.Rack, double roundTrip = 100)
    {
        var options = new EngineOptions
        {
            CongestionControl = CongestionAlgorithm.NewReno,
            Pacing = false,
            LossDetection = detection,
            PathMtuProbing = PathMtuProbing.Off,
        };
        Script = new Script(options, irs, iss: iss, cookies: SynCookieMode.Never);
        Script.Listen(new ConnectionOptions { NoDelay = true });
        var stamps = timestamps ? new TcpTimestamps(1, 0) : (TcpTimestamps?)null;
        Script.Inject(TcpFlags.Syn, seq: 0, window: 65_535, options: new TcpOptions
        {
            Mss = (ushort)(Mss + (timestamps ? 12 : 0)),
            SackPermitted = sack,
            Timestamps = stamps,
            WindowScale = WindowScale.FromWire(4),
        });
        var answer = Script.Expect(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: 1);
        _clock = answer.Options.Timestamps?.Value ?? 0;
        Timestamps = timestamps;
        Script.PassMilliseconds(roundTrip);
        Acknowledge(-1);
        Script.AcceptWaiting();
        Script.Send(new byte[segments * Mss]);
    }

    public Script Script { get; }

    public bool Timestamps { get; }

    public Tcb Tcb => Script.Connection;

    public LossState Loss => Tcb.Loss;

    public long Window => Tcb.Congestion.Window / Mss;

    public long Threshold => Tcb.Congestion.SlowStartThreshold / Mss;

    /// <summary>TSval of what we send now.</summary>
    public uint Clock => Timestamps ? Tcb.Ts.At(Script.Now) : _clock;

    /// <summary>What was sent since the last look: the number of each segment, and "F" behind one with FIN.</summary>
    public string Sent()
    {
        var numbers = new List<string>();
        while (Script.TrySent() is { } sent)
        {
            if (sent.Payload.Length == 0 && !sent.Header.Flags.HasFlag(TcpFlags.Fin))
                continue;
            var first = unchecked(sent.Header.Seq.Value - Script.Iss.Value - 1);
            numbers.Add(first % Mss == 0 && sent.Payload.Length == Mss ? $"{first / Mss}" : $"{first}+{sent.Payload.Length}");
        }

        return string.Join(' ', numbers);
    }

    /// <summary>The peer has all segments before <paramref name="next"/>, and those of the ranges "3-5" (3, 4) in the order in which it tells of them.</summary>
    public void Ack(int next, string sack = "", uint? echo = null)
    {
        var blocks = default(SackBlocks);
        foreach (var block in sack.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var ends = block.Split('-');
            blocks.TryAdd(new SackBlock(At(int.Parse(ends[0], null)), At(int.Parse(ends[1], null))));
        }

        AckOctets((uint)(1 + (next * Mss)), blocks, echo);
    }

    public void AckOctets(uint ack, SackBlocks blocks = default, uint? echo = null) => Script.Inject(TcpFlags.Ack, seq: 1, ack: ack, window: 60_000, options: new TcpOptions
    {
        Sack = blocks,
        Timestamps = Timestamps ? new TcpTimestamps(2, echo ?? Clock) : null,
    });

    public SeqNum At(int segment) => Script.Iss + (uint)(1 + (segment * Mss));

    private void Acknowledge(int _) => Script.Inject(TcpFlags.Ack, seq: 1, ack: 1, window: 60_000, options: new TcpOptions
    {
        Timestamps = Timestamps ? new TcpTimestamps(1, _clock) : null,
    });
}
