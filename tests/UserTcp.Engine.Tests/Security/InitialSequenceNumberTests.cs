using System.Numerics;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Security;

/// <summary>ISN = M + F(tuple, secret) (RFC 9293 section 3.4.1, RFC 6528).</summary>
[Trait("RFC", "6528 section 3")]
public class InitialSequenceNumberTests
{
    private static readonly SipKey Key = new(1, 2);
    private static readonly FourTuple Tuple = new(
        IpAddress.FromIPv4(1), new Port(2), IpAddress.FromIPv4(3), new Port(4));

    [Theory]
    [InlineData(0)]
    [InlineData(1_000_000)]
    [InlineData(40L << 40)]
    [Trait("RFC9293", "MUST-8")]
    public void The_clock_ticks_every_4_microseconds(long start)
    {
        var first = At(start);
        Assert.Equal(0, At(start + 39) - first);
        Assert.Equal(1, At(start + 40) - first);
        Assert.Equal(250_000, At(start + TimeSpan.TicksPerSecond) - first);
        Assert.Equal(0, At(start + (40L << 32)) - first);
    }

    [Fact]
    [Trait("RFC9293", "MUST-8")]
    public void The_ISN_of_a_tuple_grows_with_time_across_the_wrap()
    {
        var last = At(0);
        for (var seconds = 1; seconds < 40_000; seconds += 600)
        {
            var next = At(seconds * TimeSpan.TicksPerSecond);
            Assert.True(next > last);
            last = next;
        }
    }

    [Fact]
    [Trait("RFC9293", "MUST-9")]
    [Trait("RFC9293", "SHLD-1")]
    public void A_change_of_tuple_or_key_changes_half_of_the_bits()
    {
        var changed = new[]
        {
            Of(Key, Tuple with { LocalAddress = IpAddress.FromIPv4(2) }),
            Of(Key, Tuple with { LocalPort = new Port(3) }),
            Of(Key, Tuple with { RemoteAddress = IpAddress.FromIPv4(2) }),
            Of(Key, Tuple with { RemotePort = new Port(5) }),
            Of(new SipKey(1, 3), Tuple), Of(new SipKey(0, 2), Tuple),
        };
        Assert.All(changed, isn => Assert.NotEqual(At(0), isn));

        var bits = 0;
        for (ushort port = 1; port <= 2000; port++)
        {
            var here = Of(Key, Tuple with { RemotePort = new Port(port) });
            bits += BitOperations.PopCount(
                here.Value ^ Of(Key, Tuple with { RemotePort = new Port((ushort)(port + 1)) }).Value);
            bits += BitOperations.PopCount(
                here.Value ^ Of(new SipKey(2, 2), Tuple with { RemotePort = new Port(port) }).Value);
        }

        Assert.InRange(bits / 4000.0, 15.5, 16.5);
    }

    [Fact]
    public void A_failed_SYN_does_not_affect_the_next_ISN()
    {
        var (quiet, busy) = (new Script(), new Script());
        quiet.Listen();
        busy.Listen();
        for (ushort port = 1; port <= 100; port++)
        {
            busy.PeerPort = new Port(port);
            busy.Inject(TcpFlags.Syn, seq: port);
        }

        busy.Drain();
        busy.PeerPort = quiet.PeerPort;
        quiet.Inject(TcpFlags.Syn, seq: 0);
        busy.Inject(TcpFlags.Syn, seq: 0);
        Assert.Equal(
            quiet.Expect(TcpFlags.Syn | TcpFlags.Ack).Header.Seq, busy.Expect(TcpFlags.Syn | TcpFlags.Ack).Header.Seq);
    }

    [Fact]
    public void Keys_are_derived_from_a_secret_and_not_printed()
    {
        byte[] secret = [.. Enumerable.Range(0, EngineKeys.SecretLength).Select(i => (byte)i)];
        var keys = EngineKeys.FromSecret(secret);
        Assert.Equal(new SipKey(0x0706050403020100, 0x0f0e0d0c0b0a0908), keys.InitialSequenceNumber);
        Assert.Equal(6, new[]
        {
            keys.InitialSequenceNumber, keys.Table, keys.Ports, keys.RateLimit, keys.Timestamps, keys.FastOpen
        }.Distinct().Count());
        Assert.Equal(nameof(EngineKeys), keys.ToString());
        Assert.Throws<ArgumentException>(() => EngineKeys.FromSecret(secret.AsSpan(1)));
    }

    private static SeqNum At(long ticks) => InitialSequenceNumber.Generate(Key, Tuple, new MonotonicTime(ticks));

    private static SeqNum Of(SipKey key, in FourTuple tuple) =>
        InitialSequenceNumber.Generate(key, tuple, MonotonicTime.Zero);
}
