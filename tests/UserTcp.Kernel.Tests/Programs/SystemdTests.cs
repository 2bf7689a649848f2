using System.Net.Sockets;
using System.Text;
using UserTcp.Kernel.Tests.Kit;
using Xunit;

namespace UserTcp.Kernel.Tests.Programs;

/// <summary>What `usertcp up` reports to a service manager (sd_notify(3)).</summary>
public sealed class SystemdTests : IDisposable
{
    private readonly PrivateNetwork _network = new();
    private readonly TemporaryFolder _runtime = new();
    private readonly Socket _manager = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    public void Dispose()
    {
        _manager.Dispose();
        _network.Dispose();
        _runtime.Dispose();
    }

    [Fact]
    public async Task Readiness_signs_of_life_and_the_end_are_reported()
    {
        using var up = Start(("WATCHDOG_USEC", "100000"));

        Assert.Equal("READY=1", await ReceiveAsync());
        Assert.Equal("STATUS=ready ut0 198.18.0.2 2001:db8:75::2", await ReceiveAsync());
        Assert.Equal("WATCHDOG=1", await ReceiveAsync());
        Assert.Equal("WATCHDOG=1", await ReceiveAsync());
        up.Signal("TERM");
        string last;
        while ((last = await ReceiveAsync()) == "WATCHDOG=1")
        {
            // Sent before the signal came.
        }

        Assert.Equal("STOPPING=1", last);
        Assert.StartsWith("ready ut0 ", (await up.EndAsync()).MustSucceed(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_watchdog_there_are_no_signs_of_life()
    {
        using var up = Start();

        Assert.Equal("READY=1", await ReceiveAsync());
        Assert.StartsWith("STATUS=", await ReceiveAsync(), StringComparison.Ordinal);
        up.Signal("TERM");

        Assert.Equal("STOPPING=1", await ReceiveAsync());
        (await up.EndAsync()).MustSucceed();
    }

    private Child Start(params (string Name, string Value)[] variables)
    {
        var path = _runtime["notify.sock"];
        _manager.Bind(new UnixDomainSocketEndPoint(path));
        var options = UserTcpCommand.Options(_runtime, "up", "--services", "echo");
        options.Environment["NOTIFY_SOCKET"] = path;
        foreach (var (name, value) in variables)
            options.Environment[name] = value;
        return _network.Start(options);
    }

    private async Task<string> ReceiveAsync()
    {
        var buffer = new byte[1024];
        return Encoding.UTF8.GetString(buffer, 0, await _manager.ReceiveAsync(buffer).OrFail());
    }
}
