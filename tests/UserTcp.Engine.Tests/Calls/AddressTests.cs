using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Calls;

/// <summary>Addresses and ports of OPEN (RFC 9293 sections 3.9.1.1 and 3.10.1, RFC 6056).</summary>
public class AddressTests
{
    private static readonly IpAddress Peer = Ip("198.18.0.1");

    private readonly TestHost _host = new(["198.18.0.2", "198.18.0.3", "2001:db8:75::2"]);

    [Theory]
    [InlineData("198.18.0.2", "198.18.0.2", true)]
    [InlineData("198.18.0.2", "198.18.0.3", false)]
    [InlineData("0.0.0.0", "198.18.0.3", true)]
    [InlineData("0.0.0.0", "2001:db8:75::2", false)]
    [InlineData("::", "2001:db8:75::2", true)]
    [InlineData("::", "198.18.0.2", true)]
    [InlineData("2001:db8:75::2", "2001:db8:75::2", true)]
    [Trait("RFC9293", "MUST-43")]
    public void A_listener_accepts_connections_to_its_address(string listening, string destination, bool isAccepted)
    {
        Assert.Equal(EngineError.None, Listen(listening, 80, out _));
        var to = Ip(destination);
        var header = new TcpHeader(
            new Port(40_000), new Port(80), new SeqNum(Isn.BeforeWrap), default, TcpFlags.Syn, 1000);
        _host.Receive(
            Frames.Tcp(to.IsIPv4 ? Peer : Ip("2001:db8:75::1"), to, header, default, default), MonotonicTime.Zero);
        var answer = Frames.Read(Assert.Single(_host.Emit(MonotonicTime.Zero)));
        Assert.Equal(isAccepted ? TcpFlags.Syn | TcpFlags.Ack : TcpFlags.Rst | TcpFlags.Ack, answer.Header.Flags);
    }

    [Fact]
    [Trait("SynCookies", "never")]
    public void The_listener_with_the_exact_address_has_precedence()
    {
        Listen("::", 80, out var any);
        Listen("0.0.0.0", 80, out var anyV4);
        Listen("198.18.0.2", 80, out var exact);
        foreach (var (destination, listener) in new[]
        {
            ("198.18.0.2", exact), ("198.18.0.3", anyV4), ("2001:db8:75::2", any)
        })
        {
            var to = Ip(destination);
            var header = new TcpHeader(new Port(40_000), new Port(80), default, default, TcpFlags.Syn, 1000);
            _host.Receive(
                Frames.Tcp(to.IsIPv4 ? Peer : Ip("2001:db8:75::1"), to, header, default, default), MonotonicTime.Zero);
            Assert.Equal(1, listener!.HalfOpen);
        }
    }

    [Fact]
    public void An_address_is_in_use_until_its_listener_closes()
    {
        Assert.Equal(EngineError.None, Listen("0.0.0.0", 80, out var listener));
        Assert.Equal(EngineError.AddressInUse, Listen("0.0.0.0", 80, out _));
        _host.Engine.CloseListener(listener!, MonotonicTime.Zero);
        Assert.Equal(EngineError.None, Listen("0.0.0.0", 80, out _));
        Assert.Equal(EngineError.AddressNotAvailable, Listen("198.18.0.9", 80, out _));
    }

    [Fact]
    [Trait("RFC9293", "MUST-41")]
    [Trait("RFC9293", "MUST-42")]
    public void A_passive_open_at_the_port_of_a_connection_is_allowed_during_and_after_it()
    {
        var s = new Script();
        s.Accept();
        s.Engine.CloseListener(s.Listener, s.Now);
        s.Listen();
        s.Inject(TcpFlags.Ack, seq: 1, ack: 1, data: "still here");
        Assert.Equal("still here", s.Read());
        Assert.Equal(TcpState.Established, s.Connection.State);
    }

    [Fact]
    [Trait("RFC9293", "MUST-41")]
    [Trait("RFC9293", "MUST-42")]
    [Trait("SynCookies", "never")]
    public void A_port_can_be_listened_on_while_connections_at_it_are_half_open()
    {
        var s = new Script(iss: Isn.BeforeWrap);
        s.Open();
        Assert.Equal(
            EngineError.None,
            s.Engine.Listen(s.Host.Address, s.HostPort, null, ConnectionOptions.Default, out var exact));
        s.Inject(TcpFlags.Syn, seq: 0);
        s.Expect(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: 1);
        Assert.Equal((TcpState.SynReceived, 0), (s.State, exact!.HalfOpen));

        s.PeerPort = new Port(40_001);
        s.Inject(TcpFlags.Syn, seq: 0);
        s.Expect(TcpFlags.Syn | TcpFlags.Ack, ack: 1);
        Assert.Equal(
            EngineError.None,
            s.Engine.Listen(IpAddress.AnyIPv4, s.HostPort, null, ConnectionOptions.Default, out var any));
        Assert.Equal((1, 0, 2), (exact.HalfOpen, any!.HalfOpen, s.Engine.ConnectionCount));
        s.Inject(TcpFlags.Ack, seq: 1, ack: 1);
        Assert.True(s.Engine.TryAccept(exact, out _));
        Assert.False(s.Engine.TryAccept(any, out _));
    }

    [Fact]
    [Trait("RFC9293", "MUST-45")]
    public void A_segment_to_another_local_address_belongs_to_no_connection()
    {
        Open(Ip("198.18.0.3"), 5000, Peer, 80, out var connection);
        var syn = Frames.Read(Assert.Single(_host.Emit(MonotonicTime.Zero)));
        var answer = new TcpHeader(
            new Port(80), new Port(5000), default, syn.Header.Seq + 1, TcpFlags.Syn | TcpFlags.Ack, 1000);
        _host.Receive(Frames.Tcp(Peer, Ip("198.18.0.2"), answer, default, default), MonotonicTime.Zero);
        Assert.Equal(TcpFlags.Rst, Frames.Read(Assert.Single(_host.Emit(MonotonicTime.Zero))).Header.Flags);
        Assert.Equal((TcpState.SynSent, "198.18.0.3"), (connection!.State, connection.Tuple.LocalAddress.ToString()));

        _host.Receive(Frames.Tcp(Peer, Ip("198.18.0.3"), answer, default, default), MonotonicTime.Zero);
        Assert.True(IpPacket.TryParse(Assert.Single(_host.Emit(MonotonicTime.Zero)), true, out var packet, out _));
        Assert.Equal((TcpState.Established, "198.18.0.3"), (connection.State, packet.Source.ToString()));
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("0.1.2.3")]
    [InlineData("224.0.0.1")]
    [InlineData("239.255.255.255")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("ff02::1")]
    [InlineData("127.0.0.2")]
    [Trait("RFC9293", "MUST-46")]
    public void OPEN_to_an_invalid_remote_address_fails(string remote)
    {
        Assert.Equal(EngineError.AddressInvalid, Open(null, 0, Ip(remote), 80, out _));
        Assert.Equal(0, _host.Engine.ConnectionCount);
    }

    [Fact]
    [Trait("RFC9293", "MUST-43")]
    [Trait("RFC9293", "MUST-44")]
    [Trait("RFC9293", "MUST-45")]
    public void The_local_address_is_the_one_asked_for_or_the_first_of_the_family()
    {
        Open(null, 0, Peer, 80, out var chosen);
        Open(Ip("198.18.0.3"), 0, Peer, 80, out var named);
        Open(Ip("0.0.0.0"), 0, Peer, 80, out var unspecified);
        Open(null, 0, Ip("2001:db8:75::1"), 80, out var v6);
        Assert.Equal(
            ["198.18.0.2", "198.18.0.3", "198.18.0.2", "2001:db8:75::2"],
            new[] { chosen, named, unspecified, v6 }.Select(c => c!.Tuple.LocalAddress.ToString()));
        var sources = _host.Emit(MonotonicTime.Zero).Select(frame =>
        {
            Assert.True(IpPacket.TryParse(frame, true, out var packet, out _));
            return packet.Source.ToString();
        });
        Assert.Equal(["198.18.0.2", "198.18.0.3", "198.18.0.2", "2001:db8:75::2"], sources);
    }

    [Fact]
    public void Invalid_OPEN_arguments_are_refused()
    {
        Assert.Equal(EngineError.AddressNotAvailable, Open(Ip("198.18.0.9"), 0, Peer, 80, out _));
        Assert.Equal(EngineError.AddressInvalid, Open(Ip("2001:db8:75::2"), 0, Peer, 80, out _));
        Assert.Equal(EngineError.AddressInvalid, Open(null, 0, Peer, 0, out _));
        var onlyV4 = new TestHost("198.18.0.2");
        Assert.Equal(EngineError.AddressInvalid, onlyV4.Engine.Open(
            null, default, Ip("2001:db8:75::1"), new Port(80), ConnectionOptions.Default, MonotonicTime.Zero, out _));
    }

    [Fact]
    public void A_four_tuple_belongs_to_one_connection()
    {
        Assert.Equal(EngineError.None, Open(null, 5000, Peer, 80, out var first));
        Assert.Equal(EngineError.AddressInUse, Open(null, 5000, Peer, 80, out _));
        Assert.Equal(EngineError.None, Open(null, 5000, Peer, 81, out _));
        Assert.Equal(EngineError.None, Open(Ip("198.18.0.3"), 5000, Peer, 80, out _));
        _host.Engine.Abort(first!, MonotonicTime.Zero);
        Assert.Equal(EngineError.None, Open(null, 5000, Peer, 80, out _));
    }

    internal static IpAddress Ip(string address) => IpAddress.From(System.Net.IPAddress.Parse(address));

    private EngineError Listen(string address, ushort port, out Listener? listener) =>
        _host.Engine.Listen(Ip(address), new Port(port), null, ConnectionOptions.Default, out listener);

    private EngineError Open(IpAddress? local, ushort localPort, IpAddress remote, ushort port, out Tcb? connection) =>
        _host.Engine.Open(
            local, new Port(localPort), remote, new Port(port), ConnectionOptions.Default,
            MonotonicTime.Zero, out connection);
}
