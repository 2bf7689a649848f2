using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using UserTcp.Hosting.Tests.Kit;
using Xunit;

namespace UserTcp.Hosting.Tests.Web;

/// <summary>SslStream over the stack's stream.</summary>
public sealed class SslStreamTests
{
    [Fact]
    public async Task TLS_carries_data_both_ways_and_ends_at_close_notify()
    {
        await using var network = await Network.CreateAsync();
        await using var server = await StartServerAsync(network);
        var (client, accepted) = await OpenAsync(network, server);
        await using var near = new SslStream(client.GetStream());
        await using var far = new SslStream(accepted.GetStream());
        await Task.WhenAll(
            far.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions { ServerCertificate = WebHost.Certificate }),
            near.AuthenticateAsClientAsync(Options(_ => true))).OrFail();
        var data = new byte[1 << 20];
        new Random(3).NextBytes(data);

        var echoing = EchoAsync(far);
        var writing = WriteAsync(near, data);
        var answer = new byte[data.Length];
        await near.ReadExactlyAsync(answer, TestContext.Current.CancellationToken).AsTask().OrFail();
        await Task.WhenAll(writing, echoing).OrFail();

        Assert.Equal(data, answer);
        Assert.Equal(0, await near.ReadAsync(answer, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_certificate_that_is_not_trusted_ends_the_connection()
    {
        await using var network = await Network.CreateAsync();
        await using var server = await StartServerAsync(network);
        var (client, accepted) = await OpenAsync(network, server);
        await using var near = new SslStream(client.GetStream());
        await using var far = new SslStream(accepted.GetStream());
        var answering = far.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions { ServerCertificate = WebHost.Certificate });

        await Assert.ThrowsAsync<AuthenticationException>(() =>
            near.AuthenticateAsClientAsync(Options(_ => false)).OrFail());
        await near.DisposeAsync();

        // The server may have finished its part of the handshake before the client refuses.
        await Record.ExceptionAsync(() => answering.OrFail());
        await Record.ExceptionAsync(() => accepted.ReadsClosed.OrFail());
        Assert.True(answering.IsCompleted);
        Assert.True(accepted.ReadsClosed.IsCompleted);
    }

    private static SslClientAuthenticationOptions Options(Func<string, bool> isTrusted) => new()
    {
        TargetHost = "usertcp.test",
        RemoteCertificateValidationCallback = (_, certificate, _, _) => isTrusted(certificate!.Subject),
    };

    private static async Task WriteAsync(SslStream stream, byte[] data)
    {
        await stream.WriteAsync(data);
        await stream.ShutdownAsync();
    }

    private static async Task EchoAsync(SslStream stream)
    {
        await stream.CopyToAsync(stream);
        await stream.ShutdownAsync();
    }

    private static async Task<UserTcpStack> StartServerAsync(
        Network network) => await UserTcpStack.StartAsync(new UserTcpStackOptions
        {
            Device = network.Device,
            Addresses = [Network.HostIPv4],
            ShutdownTimeout = TimeSpan.Zero,
        });

    private static async Task<(UserTcpConnection Client, UserTcpConnection Accepted)> OpenAsync(
        Network network, UserTcpStack server)
    {
        await using var listener = await server.ListenAsync(new IPEndPoint(Network.HostIPv4, 443));
        var accepting = listener.AcceptConnectionAsync().OrFail();
        return (await network.ConnectAsync(443), await accepting);
    }
}
