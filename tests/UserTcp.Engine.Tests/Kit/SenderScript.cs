using UserTcp.Engine.Contract;
using UserTcp.Engine.Recovery;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Kit;

/// <summary>
/// A sender that always has data, with a scripted peer that permits SACK. Segments have 1,000 bytes and are named by
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
        var synAck = Script.Accept(
            window: 60_000,
            mss: (ushort)(Mss + (timestamps ? 12 : 0)),
            scale: WindowScale.FromWire(4),
            options: new ConnectionOptions { NoDelay = true },
            offer: new TcpOptions { SackPermitted = sack, Timestamps = timestamps ? new TcpTimestamps(1, 0) : null },
            roundTrip: TimeSpan.FromMilliseconds(roundTrip));
        _clock = synAck.Options.Timestamps?.Value ?? 0;
        Timestamps = timestamps;
        Script.Send(new byte[segments * Mss]);
    }

    public Script Script { get; }

    public bool Timestamps { get; }

    public Tcb Tcb => Script.Connection;

    public LossState Loss => Tcb.Loss;

    public long Window => Tcb.Congestion.Window / Mss;

    public long Threshold => Tcb.Congestion.SlowStartThreshold / Mss;

    /// <summary>TSval of a segment sent now.</summary>
    public uint Clock => Timestamps ? Tcb.Ts.At(Script.Now) : _clock;

    /// <summary>Dequeues the sent segments: their numbers, or "offset+length" of other ones.</summary>
    public string Sent()
    {
        var numbers = new List<string>();
        while (Script.TryDequeueSent() is { } sent)
        {
            if (sent.Payload.Length == 0 && !sent.Header.Flags.HasFlag(TcpFlags.Fin))
                continue;
            var first = unchecked(sent.Header.Seq.Value - Script.Iss.Value - 1);
            numbers.Add(
                first % Mss == 0 && sent.Payload.Length == Mss ? $"{first / Mss}" : $"{first}+{sent.Payload.Length}");
        }

        return string.Join(' ', numbers);
    }

    /// <summary>
    /// The peer acknowledges segments below <paramref name="next"/> and SACKs ranges in the given order: "3-5" is 3 and
    /// 4.
    /// </summary>
    public void Ack(int next, string sack = "", uint? echo = null)
    {
        var blocks = default(SackBlocks);
        foreach (var block in sack.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var ends = block.Split('-');
            blocks.TryAdd(new SackBlock(At(int.Parse(ends[0], null)), At(int.Parse(ends[1], null))));
        }

        AckAt((uint)(1 + (next * Mss)), blocks, echo);
    }

    public void AckAt(uint ack, SackBlocks blocks = default, uint? echo = null) =>
        Script.Inject(TcpFlags.Ack, seq: 1, ack: ack, window: 60_000, options: new TcpOptions
        {
            Sack = blocks,
            Timestamps = Timestamps ? new TcpTimestamps(2, echo ?? Clock) : null,
        });

    public SeqNum At(int segment) => Script.Iss + (uint)(1 + (segment * Mss));
}
