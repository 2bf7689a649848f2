using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Engine.State;
using UserTcp.Engine.Tables;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Tables;

/// <summary>Ephemeral ports (RFC 6056) and the table of listeners.</summary>
public class PortAndListenerTests
{
    private static readonly IpAddress Local = Address("198.18.0.2");
    private static readonly IpAddress Remote = Address("198.18.0.1");

    [Theory]
    [InlineData(1024, 1033)]
    [InlineData(65_500, 65_535)]
    [InlineData(2000, 2000)]
    public void Every_port_of_the_range_is_found_once_until_none_is_free(int first, int last)
    {
        var ports = new EphemeralPorts(new SipKey(1, 2), first, last);
        var used = new HashSet<Port>();
        for (var i = first; i <= last; i++)
        {
            var port = ports.Choose(Local, Remote, new Port(80), used, static (taken, port) => !taken.Contains(port));
            Assert.InRange(port!.Value.Value, first, last);
            Assert.True(used.Add(port.Value));
        }

        Assert.Null(ports.Choose(Local, Remote, new Port(80), used, static (taken, port) => !taken.Contains(port)));
        used.Remove(new Port((ushort)last));
        Assert.Equal(last, ports.Choose(
            Local, Remote, new Port(80), used, static (taken, port) => !taken.Contains(port))!.Value.Value);
    }

    [Fact, Trait("RFC", "6056 section 3.3.4")]
    public void Ports_to_one_peer_are_consecutive_and_reveal_nothing_about_another_peer()
    {
        var ports = new EphemeralPorts(new SipKey(1, 2), 32_768, 60_999);
        var first = Choose(ports, Remote, 80);
        Assert.Equal(first + 1, Choose(ports, Remote, 80));
        var others = Enumerable.Range(1, 50).Select(port => Choose(ports, Remote, port) - first).ToList();
        Assert.True(others.Count(distance => Math.Abs(distance) > 100) > 40);
        Assert.NotEqual(first, Choose(new EphemeralPorts(new SipKey(3, 4), 32_768, 60_999), Remote, 80));
    }

    [Fact]
    public void The_most_specific_listener_is_found()
    {
        var table = new ListenerTable();
        var exact = Add(table, Local);
        var any4 = Add(table, IpAddress.AnyIPv4);
        var any6 = Add(table, IpAddress.AnyIPv6);
        Assert.False(table.TryAdd(NewListener(Local)));
        Assert.Equal(3, table.Count);
        Assert.Same(exact, table.Find(Local, new Port(80)));
        Assert.Same(any4, table.Find(Remote, new Port(80)));
        Assert.Same(any6, table.Find(Address("2001:db8:75::2"), new Port(80)));
        Assert.Null(table.Find(Local, new Port(81)));
        table.Remove(exact);
        Assert.Same(any4, table.Find(Local, new Port(80)));
        table.Remove(any4);
        Assert.Same(any6, table.Find(Local, new Port(80)));
        Assert.Equal(
            (true, false), (table.Contains(IpAddress.AnyIPv6, new Port(80)), table.Contains(Local, new Port(80))));
    }

    private static int Choose(EphemeralPorts ports, IpAddress remote, int remotePort) =>
        ports.Choose(Local, remote, new Port((ushort)remotePort), 0, static (_, _) => true)!.Value.Value;

    private static Listener Add(ListenerTable table, IpAddress address)
    {
        var listener = NewListener(address);
        Assert.True(table.TryAdd(listener));
        return listener;
    }

    private static Listener NewListener(IpAddress address) =>
        new(address, new Port(80), 1, ConnectionOptions.Default, ListenFlags.None);

    private static IpAddress Address(string address) => IpAddress.From(System.Net.IPAddress.Parse(address));
}
