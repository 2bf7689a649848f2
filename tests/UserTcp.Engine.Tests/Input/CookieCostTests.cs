using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Engine.Tables;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Input;

/// <summary>The cost of a SYN answered with a cookie, and the memory of spent cookies.</summary>
public class CookieCostTests
{
    private const int Syns = 20_000;

    [Theory]
    [InlineData("4", true)]
    [InlineData("4", false)]
    [InlineData("6", true)]
    public void A_SYN_and_its_SYN_ACK_allocate_nothing(string family, bool timestamps)
    {
        var s = new Script(new EngineOptions(), family: family, cookies: SynCookieMode.Always);
        s.Listen();
        s.Engine.Observer = null;
        var frames = Enumerable.Range(0, 64).Select(i =>
        {
            var header = new TcpHeader(
                new Port((ushort)(1024 + i)), s.HostPort, new SeqNum((uint)i << 26), default, TcpFlags.Syn, 65_535);
            var options = new TcpOptions
            {
                Mss = 1460,
                WindowScale = WindowScale.FromWire(7),
                SackPermitted = true,
                Timestamps = timestamps ? new TcpTimestamps(77, 0) : null,
            };
            return Frames.Tcp(s.Peer, s.Host.Address, header, options, default);
        }).ToArray();
        var headers = new byte[TcpEngine.MaxHeaderLength];
        var runs = 0L;
        Assert.Equal(0, Allocations.Of(Run));
        Assert.Equal((0, runs * Syns), (s.Engine.ConnectionCount, s.Count(Counter.SynCookiesSent)));
        Assert.Equal(0, s.Host.Pool.Rented);

        void Run()
        {
            runs++;
            for (var i = 0; i < Syns; i++)
            {
                var frame = frames[i % frames.Length];
                var block = s.Host.Pool.Rent(frame.Length);
                block.Append(frame);
                if (!s.Engine.OnFrame(block, s.Now))
                    block.Release();
                while (s.Engine.TryEmit(headers, s.Now, out _))
                {
                }
            }
        }
    }

    /// <summary>The reply queue is bounded; a SYN beyond it is unanswered and not counted as answered.</summary>
    [Fact]
    public void Queued_SYN_ACKs_are_bounded()
    {
        var s = new Script(new EngineOptions { MaxPendingReplies = 4 }, cookies: SynCookieMode.Always);
        s.Listen();
        s.InjectBatch([.. Enumerable.Range(0, 10).Select(i =>
        {
            s.PeerPort = new Port((ushort)(20_000 + i));
            return s.Segment(TcpFlags.Syn, seq: 0);
        })]);
        Assert.Equal(4, s.Drain());
        Assert.Equal((4L, 6L), (s.Count(Counter.SynCookiesSent), s.Count(Counter.DroppedReply)));
    }

    [Fact]
    public void Spent_cookies_are_remembered_while_valid_and_bounded()
    {
        var spent = new SpentCookies(limit: 100);
        var start = new MonotonicTime(10 * SynCookie.Tick.Ticks);
        Assert.False(spent.IsSpent(1, new SeqNum(5), start));
        spent.Spend(1, new SeqNum(5), start);
        Assert.True(spent.IsSpent(1, new SeqNum(5), start));
        Assert.False(spent.IsSpent(1, new SeqNum(6), start));
        Assert.False(spent.IsSpent(2, new SeqNum(5), start));
        Assert.True(spent.IsSpent(1, new SeqNum(5), start + SynCookie.Lifetime - TimeSpan.FromTicks(1)));
        spent.Spend(2, new SeqNum(6), start + SynCookie.Tick);
        Assert.True(spent.IsSpent(1, new SeqNum(5), start + SynCookie.Tick));
        Assert.False(spent.IsSpent(1, new SeqNum(5), start + SynCookie.Lifetime));
        Assert.True(spent.IsSpent(2, new SeqNum(6), start + SynCookie.Lifetime));
        Assert.False(spent.IsSpent(2, new SeqNum(6), start + (SynCookie.Tick * 100)));
        for (var i = 0UL; i < 1000; i++)
            spent.Spend(i, default, start + (SynCookie.Tick * 101));
        Assert.Equal(100, spent.Count);
    }

    [Theory]
    [InlineData(Isn.BeforeWrap)]
    [InlineData(Isn.BeforeHalf)]
    public void A_number_beyond_a_spent_cookie_belongs_to_its_connection(uint cookie)
    {
        var spent = new SpentCookies(limit: 1);
        var (now, at) = (new MonotonicTime(1), new SeqNum(cookie));
        Assert.False(spent.IsOfSpent(1, at + 1, now));
        spent.Spend(1, at, now);
        Assert.True(spent.IsOfSpent(1, at + 1, now));
        Assert.True(spent.IsOfSpent(1, at + (1 << 24), now));
        Assert.False(spent.IsOfSpent(1, at + ((1 << 24) + 1), now));
        Assert.False(spent.IsOfSpent(1, at, now));
        Assert.False(spent.IsOfSpent(2, at + 1, now));
    }

    /// <summary>Engines of one host have the same keys; only the owner of the four-tuple accepts its cookie.</summary>
    [Fact]
    public void A_cookie_returns_to_the_engine_that_made_it()
    {
        var engines = Enumerable.Range(0, 4)
            .Select(i => new TestHost(["198.18.0.2"], share: new EngineShare(i, 4), cookies: SynCookieMode.Always))
            .ToArray();
        var now = new MonotonicTime(1);
        var peer = IpAddress.From(System.Net.IPAddress.Parse("198.18.0.1"));
        foreach (var host in engines)
            host.Engine.Listen(host.Address, new Port(80), null, ConnectionOptions.Default, out _);
        for (var port = 1000; port < 1050; port++)
        {
            var syn = new TcpHeader(new Port((ushort)port), new Port(80), new SeqNum(1), default, TcpFlags.Syn, 1000);
            var answer = Assert.Single(All(Frames.Tcp(peer, engines[0].Address, syn, default, default)));
            var ack = new TcpHeader(
                new Port((ushort)port), new Port(80), new SeqNum(2), answer.Header.Seq + 1, TcpFlags.Ack, 1000);
            Assert.Empty(All(Frames.Tcp(peer, engines[0].Address, ack, default, default)));
        }

        Assert.Equal(50, engines.Sum(host => host.Engine.ConnectionCount));
        Assert.Equal(50, engines.Sum(host => host.Engine.Counters[Counter.SynCookiesReceived]));

        SentSegment[] All(byte[] frame)
        {
            foreach (var host in engines)
                host.Receive(frame, now);
            return [.. engines.SelectMany(host => host.Emit(now)).Select(Frames.Read)];
        }
    }
}
