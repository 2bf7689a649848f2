using UserTcp.Fuzz.Running;
using UserTcp.Wire;
using static UserTcp.Fuzz.Running.FindingException;

namespace UserTcp.Fuzz.Parsers;

/// <summary>TCP headers and options: parsed segments round-trip.</summary>
internal sealed class TcpTarget : FuzzTarget
{
    private readonly byte[] _written = new byte[TcpHeader.MaxLength];

    public override string Name => "tcp";

    public override byte[] Generate(ulong number)
    {
        var dice = new Dice(Dice.Mix(number, 2));
        return Samples.Disturb(Samples.Packet(ref dice, isIPv4: true, dice.Below(8))[IpHeader.IPv4Length..], ref dice);
    }

    public override int Run(ReadOnlySpan<byte> input, Features features)
    {
        if (!TcpSegment.TryParse(input, out var segment))
        {
            features.Add("refused");
            return 1;
        }

        Require(
            segment.HeaderLength is >= TcpHeader.MinLength and <= TcpHeader.MaxLength
            && segment.Payload.Length == input.Length - segment.HeaderLength,
            "tcp: bounds", $"A header of {segment.HeaderLength} bytes in {input.Length}.");
        var options = segment.ParseOptions();
        Require(options.Sack.Count is >= 0 and <= SackBlocks.MaxCount, "tcp: SACK", $"{options.Sack.Count} blocks.");
        Require(options.Mss != 0, "tcp: MSS", "An MSS of 0.");
        Require(options.WindowScale is not { Shift: > 14 }, "tcp: window scale", "A shift beyond 14.");
        features.Add(options.Malformed ? "malformed" : "parsed");
        var present = (options.Mss is null ? 0 : 1) | (options.WindowScale is null ? 0 : 2)
            | (options.SackPermitted ? 4 : 0) |
            (options.Timestamps is null ? 0 : 8) | (options.FastOpen.IsPresent ? 16 : 0)
            | (options.UserTimeout is null ? 0 : 32);
        features.Hit(20, present, options.Sack.Count, options.Malformed ? 1 : 0);
        WriteAgain(segment, options);
        return 1;
    }

    private void WriteAgain(in TcpSegment segment, in TcpOptions options)
    {
        // The writer has its own padding and order, so that not all parsed options fit.
        var length = (options.Mss is null ? 0 : 4) + (options.WindowScale is null ? 0 : 4)
            + (options.SackPermitted ? 4 : 0) +
            (options.Timestamps is null ? 0 : 12)
            + (options.FastOpen.IsPresent ? (options.FastOpen.Length + 2 + 3) / 4 * 4 : 0) +
            (options.UserTimeout is null ? 0 : 4) + (options.Sack.Count == 0 ? 0 : 4 + (8 * options.Sack.Count));
        if (length > TcpHeader.MaxLength - TcpHeader.MinLength)
            return;
        var header = new TcpHeader(
            segment.SourcePort, segment.DestinationPort, segment.Seq, segment.Ack, segment.Flags,
            segment.Window, segment.UrgentPointer);
        var written = header.Write(_written, options);
        Require(
            TcpSegment.TryParse(_written.AsSpan(0, written), out var again), "tcp: written",
            "What was written does not parse.");
        var reread = again.ParseOptions();
        var same = again.Seq == segment.Seq && again.Ack == segment.Ack && again.Flags == segment.Flags
            && again.Window == segment.Window
            && reread.Mss == options.Mss && Nullable.Equals(reread.WindowScale, options.WindowScale)
            && reread.SackPermitted == options.SackPermitted && Nullable.Equals(reread.Timestamps, options.Timestamps)
            && reread.FastOpen == options.FastOpen && reread.UserTimeout == options.UserTimeout
            && reread.Sack.Count == options.Sack.Count;
        Require(same && !reread.Malformed, "tcp: round trip", "It reads as something else.");
        for (var i = 0; i < options.Sack.Count; i++)
            Require(reread.Sack[i] == options.Sack[i], "tcp: round trip", "A SACK block reads as another one.");
    }
}
