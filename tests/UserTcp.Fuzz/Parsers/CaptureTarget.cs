using System.Buffers.Binary;
using UserTcp.Capture;
using UserTcp.Fuzz.Running;
using static UserTcp.Fuzz.Running.FindingException;

namespace UserTcp.Fuzz.Parsers;

/// <summary>
/// Captures: for any frames the file's block lengths are consistent, and each block holds its frame up to the snap
/// length.
/// </summary>
internal sealed class CaptureTarget : FuzzTarget
{
    private const int SnapLength = 200;
    private const uint EnhancedPacket = 6;

    public override string Name => "capture";

    public override byte[] Generate(ulong number)
    {
        var dice = new Dice(Dice.Mix(number, 6));
        var input = new byte[dice.Below(600)];
        foreach (ref var value in input.AsSpan())
            value = (byte)dice.Next();
        return input;
    }

    /// <summary>Each frame is a length byte and its bytes.</summary>
    public override int Run(ReadOnlySpan<byte> input, Features features)
    {
        var frames = new List<byte[]>();
        using var stream = new MemoryStream();
        using var writer = new PcapngWriter(stream, "ut0", SnapLength);
        for (var rest = input; !rest.IsEmpty;)
        {
            var frame = rest[1..Math.Min(rest.Length, 1 + rest[0])].ToArray();
            writer.Write((long)frames.Count << 40, outbound: frames.Count % 2 == 0, frame);
            rest = rest[(1 + frame.Length)..];
            frames.Add(frame);
        }

        writer.Flush();
        Check(stream.ToArray(), frames);
        features.Hit(60, Features.Magnitude(frames.Count));
        features.Add("frames", frames.Count);
        return frames.Count;
    }

    private static void Check(byte[] file, List<byte[]> frames)
    {
        var index = 0;
        for (var at = 0; at < file.Length;)
        {
            var (type, total) = (UInt32(file, at), (int)UInt32(file, at + 4));
            Require(
                total >= 12 && total % 4 == 0 && at + total <= file.Length && UInt32(file, at + total - 4) == total,
                "capture: block", $"{total} bytes.");
            if (type == EnhancedPacket)
                CheckPacket(file.AsSpan(at + 8, total - 12), frames[index], index++);
            at += total;
        }

        Require(index == frames.Count, "capture: count", $"{index} of {frames.Count} frames.");
    }

    private static void CheckPacket(ReadOnlySpan<byte> body, byte[] frame, int index)
    {
        var time = ((long)BinaryPrimitives.ReadUInt32LittleEndian(body[4..]) << 32)
            | BinaryPrimitives.ReadUInt32LittleEndian(body[8..]);
        var captured = (int)BinaryPrimitives.ReadUInt32LittleEndian(body[12..]);
        Require(
            time == (long)index << 40 && BinaryPrimitives.ReadUInt32LittleEndian(body[16..]) == frame.Length,
            "capture: header", $"Frame {index}.");
        Require(
            captured == Math.Min(frame.Length, SnapLength)
            && body.Slice(20, captured).SequenceEqual(frame.AsSpan(0, captured)),
            "capture: frame", $"Frame {index} has other bytes.");
    }

    private static uint UInt32(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));
}
