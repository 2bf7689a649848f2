using FsCheck;
using FsCheck.Fluent;

namespace UserTcp.Wire.Tests.Kit;

/// <summary>Generators of headers, options and data, with corner cases more often than by chance.</summary>
internal static class Generators
{
    // Next to 0, 2^31 and 2^32, the corner cases of modular order.
    private static readonly uint[] Edges =
    [
        0, 1, 2, 0x7FFF_FFFE, 0x7FFF_FFFF, 0x8000_0000, 0x8000_0001, 0xFFFF_FFFE, 0xFFFF_FFFF,
    ];

    public static Gen<uint> Word { get; } = Gen.OneOf(
        Gen.Elements(Edges),
        from high in Gen.Choose(0, 0xFFFF) from low in Gen.Choose(0, 0xFFFF) select ((uint)high << 16) | (uint)low);

    public static Gen<byte> Octet { get; } = Gen.Choose(0, 255).Select(value => (byte)value);

    public static Gen<ushort> Half { get; } =
        Gen.OneOf(Gen.Elements<ushort>(0, 1, 0xFFFE, 0xFFFF), Gen.Choose(0, 0xFFFF).Select(value => (ushort)value));

    public static Gen<SeqNum> Seq { get; } = Word.Select(value => new SeqNum(value));

    public static Gen<IpAddress> V4 { get; } = Word.Select(IpAddress.FromIPv4);

    /// <summary>Any IPv6 address that may be on the wire: mapped ones may not.</summary>
    public static Gen<IpAddress> V6 { get; } =
        from a in Word
        from b in Word
        from c in Word
        from d in Word
        let address = new IpAddress(((ulong)a << 32) | b, ((ulong)c << 32) | d)
        where address.IsIPv6
        select address;

    public static Gen<(IpAddress Source, IpAddress Destination)> Addresses { get; } =
        Gen.OneOf(from a in V4 from b in V4 select (a, b), from a in V6 from b in V6 select (a, b));

    public static Gen<TcpHeader> Header { get; } =
        from source in Half
        from destination in Half
        from seq in Seq
        from ack in Seq
        from flags in Octet
        from window in Half
        from urgent in Half
        select new TcpHeader(new Port(source), new Port(destination), seq, ack, (TcpFlags)flags, window, urgent);

    /// <summary>Any options that fit into one header together.</summary>
    public static Gen<TcpOptions> Options { get; } =
        from mss in Maybe(Gen.Choose(1, 0xFFFF).Select(value => (ushort)value))
        from scale in Maybe(Gen.Choose(0, WindowScale.MaxShift).Select(value => WindowScale.FromWire((byte)value)))
        from permitted in Gen.Elements(true, false)
        from timestamps in Maybe(from value in Word from echo in Word select new TcpTimestamps(value, echo))
        let plain = new TcpOptions
        {
            Mss = mss,
            WindowScale = scale,
            SackPermitted = permitted,
            Timestamps = timestamps,
        }
        from sack in Sack(RoomForBlocks(plain))
        select new TcpOptions
        {
            Mss = mss,
            WindowScale = scale,
            SackPermitted = permitted,
            Timestamps = timestamps,
            Sack = sack,
        };

    public static Gen<byte[]> Bytes(int max) => Gen.Choose(0, max).SelectMany(length => Gen.ArrayOf(Octet, length));

    public static Gen<SackBlocks> Sack(int max) =>
        from count in Gen.Choose(0, max)
        from words in Gen.ArrayOf(Word, 2 * count)
        select MakeBlocks(words);

    /// <summary>Checks a property on many values; a failure names the smallest counterexample and the seed.</summary>
    public static void ForAll<T>(Gen<T> values, Action<T> property, int times = 500) =>
        Prop.ForAll(values.ToArbitrary(), property)
            .Check(Config.QuickThrowOnFailure.WithQuietOnSuccess(true).WithMaxTest(times));

    private static Gen<T?> Maybe<T>(Gen<T> values)
        where T : struct => Gen.OneOf(Gen.Constant<T?>(null), values.Select(value => (T?)value));

    private static int RoomForBlocks(in TcpOptions plain)
    {
        var length = new TcpOptionWriter(new byte[40]).Write(plain);
        return Math.Clamp((40 - length - 4) / 8, 0, SackBlocks.MaxCount);
    }

    private static SackBlocks MakeBlocks(uint[] words)
    {
        var blocks = default(SackBlocks);
        for (var i = 0; i < words.Length; i += 2)
            blocks.TryAdd(new SackBlock(new SeqNum(words[i]), new SeqNum(words[i + 1])));
        return blocks;
    }
}
