using UserTcp.Engine.Contract;
using UserTcp.Engine.Reassembly;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Engine.Udp;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Reassembly;

/// <summary>
/// Datagrams that arrive in fragments (RFC 791 section 3.2, RFC 1122 section 3.3.2, RFC 8200 section 4.5, RFC 5722).
/// </summary>
public class ReassemblyTests
{
    [Theory]
    [InlineData("4")]
    [InlineData("6")]
    [Trait("RFC", "8200 section 4.5")]
    public void Fragments_in_any_order_make_the_datagram(string family)
    {
        foreach (var order in Permutations([0, 1, 2, 3]))
        {
            var s = new Script(family: family);
            var fragments = Fragments.Cut(Echo(s, 100), 32);
            foreach (var index in order)
                s.InjectFrame(fragments[index]);
            Assert.Equal(Pattern.Bytes(100), EchoReply(s));
            Assert.Equal(1, s.Count(Counter.DatagramsReassembled));
            s.AssertNothingLeft();
        }
    }

    [Theory]
    [InlineData("4", 65_507)]
    [InlineData("4", 65_000)]
    [InlineData("4", 16_384)]
    [InlineData("6", 65_527)]
    [InlineData("6", 2_000)]
    [Trait("RFC", "791 section 3.2")]
    public void A_large_echo_request_draws_a_fragmented_reply(string family, int length)
    {
        var s = new Script(family: family);
        var random = new Random(length);
        var fragments = Fragments.Cut(Echo(s, length), 1448).OrderBy(_ => random.Next()).ToList();

        foreach (var fragment in fragments)
            s.InjectFrame(fragment);
        var message = Fragments.Join(Sent(s));

        Assert.True(IcmpMessage.TryParse(message, out var reply));
        Assert.True(reply.HasValidChecksum(s.Host.Address, s.Peer));
        Assert.Equal(Pattern.Bytes(length), reply.Body.ToArray());
        s.AssertNothingLeft();
    }

    [Theory]
    [InlineData("4")]
    [InlineData("6")]
    [Trait("RFC", "8200 section 4.5")]
    public void A_duplicate_of_a_fragment_changes_nothing(string family)
    {
        var s = new Script(family: family);
        var fragments = Fragments.Cut(Echo(s, 100), 32);
        foreach (var index in new[] { 3, 3, 1, 1, 2, 1, 3, 0 })
            s.InjectFrame(fragments[index]);
        Assert.Equal(Pattern.Bytes(100), EchoReply(s));
        Assert.Equal(4, s.Count(Counter.DroppedFragment));
    }

    /// <summary>
    /// Of 108 octets those from 32 to 64 and the last twelve are there. The fragment overlaps them, or names another
    /// end.
    /// </summary>
    [Theory]
    [InlineData("4", 24, 16, true)]
    [InlineData("4", 40, 8, true)]
    [InlineData("4", 56, 16, true)]
    [InlineData("4", 32, 16, true)]
    [InlineData("4", 24, 48, true)]
    [InlineData("4", 64, 40, true)]
    [InlineData("4", 104, 4, false)]
    [InlineData("4", 96, 8, true)]
    [InlineData("4", 112, 8, true)]
    [InlineData("4", 64, 16, false)]
    [InlineData("6", 24, 16, true)]
    [InlineData("6", 40, 8, true)]
    [InlineData("6", 56, 16, true)]
    [InlineData("6", 32, 16, true)]
    [InlineData("6", 24, 48, true)]
    [InlineData("6", 64, 40, true)]
    [InlineData("6", 104, 4, false)]
    [InlineData("6", 96, 8, true)]
    [InlineData("6", 112, 8, true)]
    [InlineData("6", 64, 16, false)]
    [Trait("RFC", "5722 section 4")]
    public void An_overlap_kills_the_datagram(string family, int offset, int length, bool hasMore)
    {
        var s = new Script(family: family);
        var echo = Echo(s, 100);
        var fragments = Fragments.Cut(echo, 32);
        var header = family == "4" ? 20 : 40;
        byte[] padded = [.. echo[header..], .. new byte[64]];
        s.InjectFrame(fragments[1]);
        s.InjectFrame(fragments[3]);
        s.InjectFrame(Fragments.One(echo, 77, offset, hasMore, padded[offset..(offset + length)]));
        // What still comes is dropped too.
        s.InjectFrame(fragments[0]);
        s.InjectFrame(fragments[2]);
        s.InjectFrame(fragments[1]);
        s.ExpectNothing();
        Assert.Equal((1, 0), (s.Count(Counter.ReassemblyFailures), s.Count(Counter.DatagramsReassembled)));
        Assert.Equal(0, s.Engine.MemoryHeld);

        s.Pass(FragmentTable.Lifetime);
        s.ExpectNothing();
        foreach (var fragment in fragments)
            s.InjectFrame(fragment);
        Assert.Equal(Pattern.Bytes(100), EchoReply(s));
    }

    [Theory]
    [InlineData("4")]
    [InlineData("6")]
    public void The_same_range_with_other_data_kills_the_datagram(string family)
    {
        var s = new Script(family: family);
        var echo = Echo(s, 100);
        var fragments = Fragments.Cut(echo, 32);
        s.InjectFrame(fragments[0]);
        s.InjectFrame(fragments[1]);
        s.InjectFrame(Fragments.One(echo, 77, 32, hasMore: true, new byte[32]));
        s.InjectFrame(fragments[2]);
        s.InjectFrame(fragments[3]);
        s.ExpectNothing();
        Assert.Equal(1, s.Count(Counter.ReassemblyFailures));
    }

    [Theory]
    [InlineData("4", true, 11)]
    [InlineData("4", false, 0)]
    [InlineData("6", true, 3)]
    [InlineData("6", false, 0)]
    [Trait("RFC", "1122 section 3.3.2")]
    [Trait("RFC", "4443 section 3.3")]
    public void A_datagram_that_stays_incomplete_draws_time_exceeded(string family, bool hasFirst, int type)
    {
        var s = new Script(family: family);
        var fragments = Fragments.Cut(Echo(s, 100), 32);
        if (hasFirst)
            s.InjectFrame(fragments[0]);
        s.InjectFrame(fragments[1]);
        s.Pass(FragmentTable.Lifetime - TimeSpan.FromTicks(1));
        s.ExpectNothing();
        s.Pass(TimeSpan.FromTicks(1));
        Assert.Equal(1, s.Count(Counter.ReassemblyFailures));
        if (hasFirst)
        {
            var (sent, body) = Message(s);
            Assert.Equal(((byte)type, (byte)1), (sent.Type, sent.Code));
            // The quote is of the first fragment: its data, and no fragment header over IPv6.
            Assert.Equal(fragments[0][^32..], body[^32..]);
        }

        s.ExpectNothing();
        s.AssertNothingLeft();
    }

    [Theory]
    [InlineData("4")]
    [InlineData("6")]
    [Trait("CVE", "2018-5391")]
    public void Fragments_that_never_become_a_datagram_cost_bounded_memory(string family)
    {
        var s = new Script(family: family);
        var echo = Echo(s, 60_000);
        var data = new byte[1000];
        long most = 0;
        for (var i = 0u; i < 20_000; i++)
        {
            s.InjectFrame(Fragments.One(echo, i, (int)(i * 8 % 60_000), hasMore: true, data));
            most = Math.Max(most, s.Engine.MemoryHeld);
        }

        Assert.InRange(most, 1, FragmentTable.MaxMemory);
        Assert.InRange(s.Host.Pool.Rented, 1, FragmentTable.MaxDatagrams);
        // A datagram whose fragments arrive together is not hurt.
        foreach (var fragment in Fragments.Cut(Echo(s, 3000), 1448, id: 999_999))
            s.InjectFrame(fragment);
        Assert.True(s.Drain() > 1);
        s.Pass(FragmentTable.Lifetime);
        s.Drain();
        s.AssertNothingLeft();
    }

    [Fact]
    public void Fragments_have_an_eighth_of_the_memory()
    {
        var s = new Script(new EngineOptions { MaxMemory = 1024 * 1024 });
        var echo = Echo(s, 100);
        for (var id = 0u; id < FragmentTable.MaxDatagrams; id++)
        {
            s.InjectFrame(Fragments.Cut(echo, 64, id)[0]);
            Assert.InRange(s.Engine.MemoryHeld, 1, 1024 * 1024 / 8);
        }

        Assert.Equal(FragmentTable.MaxDatagrams - 8, s.Count(Counter.ReassemblyFailures));
    }

    [Fact]
    [Trait("RFC", "791 section 3.2")]
    public void A_datagram_too_long_for_a_packet_is_given_up()
    {
        // The first fragment alone has options: 40 octets of them.
        var s = new Script();
        var fragments = Fragments.Cut(Echo(s, 65_507), 1448);
        byte[] first = [.. fragments[0][..20], .. Enumerable.Repeat((byte)1, 40), .. fragments[0][20..]];
        first[0] = 0x4F;
        (first[2], first[3]) = ((byte)(first.Length >> 8), (byte)(first.Length & 0xFF));
        fragments[0] = Fragments.WithTrafficClass(first, 0);
        foreach (var fragment in fragments)
            s.InjectFrame(fragment);
        s.ExpectNothing();
        Assert.Equal(1, s.Count(Counter.ReassemblyFailures));
        s.AssertNothingLeft();
    }

    [Theory]
    [InlineData("4", 0x03, 0x02, 0x03)]
    [InlineData("4", 0x02, 0x02, 0x02)]
    [InlineData("4", 0x03, 0x00, -1)]
    [InlineData("6", 0x01, 0x03, 0x03)]
    [InlineData("6", 0x00, 0x00, 0x00)]
    [InlineData("6", 0x00, 0x03, -1)]
    [Trait("RFC", "3168 section 5.3")]
    public void A_congestion_mark_on_any_fragment_is_one_on_the_datagram(
        string family, int first, int second, int expected)
    {
        var s = new Script(family: family);
        var datagram = new PartialDatagram();
        datagram.Begin(default, s.Now);
        var fragments = Fragments.Cut(Echo(s, 24), 16);
        foreach (var (fragment, ecn) in fragments.Zip([(byte)first, (byte)second]))
        {
            IpPacket.TryParse(
                Fragments.WithTrafficClass(fragment, ecn), verifyChecksum: true, out var packet, out _);
            Assert.True(IpFragment.TryRead(packet, out var place));
            datagram.Add(s.Host.Pool, packet, place, packet.Payload);
        }

        var whole = datagram.Take();

        if (expected < 0)
        {
            Assert.Null(whole);
        }
        else
        {
            Assert.True(IpPacket.TryParse(whole!.Content, verifyChecksum: true, out var packet, out _));
            Assert.Equal(expected, packet.TrafficClass);
            whole.Release();
        }

        datagram.Release();
    }

    [Theory]
    [InlineData("4", false)]
    [InlineData("6", false)]
    [InlineData("4", true)]
    [InlineData("6", true)]
    [Trait("RFC", "4963 section 4")]
    public void The_checksum_of_a_reassembled_segment_is_verified_on_every_link(string family, bool offload)
    {
        var s = new Script(family: family, link: new LinkProperties(LinkProperties.DefaultMtu, offload));
        s.Listen();
        var syn = s.Segment(TcpFlags.Syn, 0, data: "sixteen octets..");
        var corrupt = syn.ToArray();
        corrupt[^1] ^= 1;
        foreach (var fragment in Fragments.Cut(corrupt, 24, id: 1))
            s.InjectFrame(fragment);
        s.ExpectNothing();
        Assert.Equal(1, s.Count(Counter.DroppedBadChecksum));
        foreach (var fragment in Fragments.Cut(syn, 24, id: 2))
            s.InjectFrame(fragment);
        s.Expect(TcpFlags.Syn | TcpFlags.Ack, seq: 0);
    }

    [Theory]
    [InlineData("4", 12, true, 0)]
    [InlineData("4", 65_528, true, 0)]
    [InlineData("6", 12, true, 4)]
    [InlineData("6", 65_528, true, 42)]
    [Trait("RFC", "8200 section 4.5")]
    public void A_fragment_that_no_sender_makes_is_refused(string family, int offset, bool hasMore, int pointer)
    {
        var s = new Script(family: family);
        // A length that is no multiple of eight, or an end beyond 65,535.
        var echo = Echo(s, 8);
        s.InjectFrame(
            Fragments.One(echo, 5, offset == 12 ? 0 : offset, hasMore, echo[^16..][..(offset == 12 ? 12 : 16)]));
        Assert.Equal((1, 0L), (s.Count(Counter.DroppedFragment), s.Engine.MemoryHeld));
        if (family == "6")
        {
            var (sent, _) = Message(s);
            Assert.Equal(((byte)4, (byte)0, (uint)pointer), sent);
        }

        s.ExpectNothing();
        s.AssertNothingLeft();
    }

    [Theory]
    [InlineData("4")]
    [InlineData("6")]
    [Trait("RFC", "7112 section 5")]
    [Trait("RFC", "1858 section 3")]
    public void The_first_fragment_has_the_transport_header(string family)
    {
        var s = new Script(family: family);
        s.Listen();
        foreach (var fragment in Fragments.Cut(s.Segment(TcpFlags.Syn, 0, data: "12345678"), 16))
            s.InjectFrame(fragment);
        if (family == "6")
            Assert.Equal(((byte)4, (byte)3, 0u), Message(s).Header);
        s.ExpectNothing();
    }

    [Fact]
    public void A_full_table_gives_up_its_oldest_datagram()
    {
        var s = new Script();
        var echo = Echo(s, 100);
        for (var id = 0u; id <= FragmentTable.MaxDatagrams; id++)
            s.InjectFrame(Fragments.Cut(echo, 64, id)[0]);
        s.InjectFrame(Fragments.Cut(echo, 64, id: 0)[1]);
        s.ExpectNothing();
        s.InjectFrame(Fragments.Cut(echo, 64, id: 2)[1]);
        Assert.Equal(Pattern.Bytes(100), EchoReply(s));
    }

    [Theory]
    [InlineData("4", 68)]
    [InlineData("4", 296)]
    [InlineData("4", 576)]
    [InlineData("6", 1280)]
    public void A_fragmented_reply_fits_every_MTU(string family, int mtu)
    {
        var s = new Script(family: family, link: new LinkProperties(mtu));
        var size = (mtu - (family == "4" ? 20 : 48)) / 8 * 8;
        foreach (var fragment in Fragments.Cut(Echo(s, 3000), size))
            s.InjectFrame(fragment);
        var frames = Sent(s);
        Assert.All(frames, frame => Assert.InRange(frame.Length, 21, mtu));
        Assert.Equal(3008, Fragments.Join(frames).Length);
        Assert.Equal(frames.Count, s.Count(Counter.FragmentsSent));
    }

    [Fact]
    public void Reassembly_allocates_nothing_in_steady_state()
    {
        var s = new Script();
        var udp = Frames.Udp(s.Peer, s.Host.Address, new byte[3000]);
        var rounds = Enumerable.Range(0, 64).Select(id => Fragments.Cut(udp, 1480, (uint)id)).ToList();
        foreach (var round in rounds)
            InjectAll(s, round);
        s.Drain();

        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var round in rounds)
            InjectAll(s, round);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, allocated);
    }

    [Theory]
    [InlineData("198.18.0.2", "198.18.0.1")]
    [InlineData("2001:db8:75::2", "2001:db8:75::1")]
    public void A_datagram_goes_on_to_the_engine_that_owns_it(string us, string peer)
    {
        var engines = Enumerable.Range(0, 4)
            .Select(index => new TestHost([us], share: new EngineShare(index, 4))).ToList();
        var (source, destination) = (Address(peer), Address(us));
        var ends = new HashSet<int>();
        for (var port = 2000; port < 2040; port++)
        {
            var datagram = Frames.Udp(
                new UdpPeer(source, new Port(5000)), new UdpPeer(destination, new Port((ushort)port)), new byte[100]);
            ends.Add(Deliver(engines, datagram, (uint)port));
        }

        Assert.Equal(4, ends.Count);
        Assert.Equal(40, engines.Sum(engine => engine.Engine.Counters[Counter.UdpNoPorts]));
        Assert.All(engines, engine => Assert.Equal(0, engine.Engine.Counters[Counter.DroppedHandOver]));
    }

    /// <summary>
    /// Injects the fragments at the first engine, hands over as a host does, and returns the last owner.
    /// </summary>
    private static int Deliver(List<TestHost> engines, byte[] datagram, uint id)
    {
        var last = -1;
        foreach (var fragment in Fragments.Cut(datagram, 64, id))
        {
            var block = engines[0].Pool.Rent();
            block.Append(fragment);
            var at = 0;
            for (var hops = 0; hops < 3; hops++)
            {
                Assert.False(engines[at].Engine.OnFrame(block, MonotonicTime.Zero, out var owner));
                last = at;
                if (owner == at)
                    break;
                at = owner;
            }

            block.Release();
        }

        return last;
    }

    private static void InjectAll(Script s, List<byte[]> fragments)
    {
        foreach (var fragment in fragments)
        {
            var block = s.Host.Pool.Rent();
            block.Append(fragment);
            if (!s.Engine.OnFrame(block, s.Now))
                block.Release();
        }
    }

    private static IpAddress Address(string address) => IpAddress.From(System.Net.IPAddress.Parse(address));

    private static byte[] Echo(Script s, int length) => Frames.Icmp(
        s.Peer, s.Host.Address, s.Peer.IsIPv4 ? IcmpV4.EchoRequest : IcmpV6.EchoRequest, 0, 7, Pattern.Bytes(length));

    private static byte[] EchoReply(Script s)
    {
        var (reply, body) = Message(s);
        Assert.Equal(s.Peer.IsIPv4 ? IcmpV4.EchoReply : IcmpV6.EchoReply, reply.Type);
        return body;
    }

    private static ((byte Type, byte Code, uint Word) Header, byte[] Body) Message(Script s)
    {
        Assert.True(IpPacket.TryParse(s.DequeueFrame(), verifyChecksum: true, out var packet, out _));
        Assert.True(IcmpMessage.TryParse(packet.Payload, out var message));
        Assert.True(message.HasValidChecksum(packet.Source, packet.Destination));
        return ((message.Type, message.Code, message.Rest), message.Body.ToArray());
    }

    private static List<byte[]> Sent(Script s)
    {
        var frames = new List<byte[]>();
        while (s.HasSent)
            frames.Add(s.DequeueFrame());
        return frames;
    }

    private static IEnumerable<int[]> Permutations(int[] items) => items.Length <= 1
        ? [items]
        : items.SelectMany(
            first => Permutations([.. items.Where(item => item != first)]).Select(rest => (int[])[first, .. rest]));
}
