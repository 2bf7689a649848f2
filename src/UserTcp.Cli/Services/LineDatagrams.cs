using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace UserTcp.Cli.Services;

/// <summary>
/// The lines service over UDP. A source address can be forged, and 1,000 datagrams for one would make the service an
/// amplifier. So "100" draws one datagram, "100 COOKIE", which is the request to repeat: who can repeat it receives at
/// its address. It is at most 18 bytes longer than the request. The service keeps no state for it.
/// </summary>
internal sealed class LineDatagrams(TimeProvider time)
{
    /// <summary>Max requests that are answered at once; further ones are lost.</summary>
    private const int MaxAnswers = 16;

    /// <summary>Lines sent at once. A receive buffer of default size has room for a few of them.</summary>
    private const int Burst = 32;

    private const int CookieBytes = 8;
    private const int MaxRequest = 64;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    /// <summary>A cookie is valid in its period and in the next one.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private int _answers;

    public async Task HandleAsync(UserTcpUdpSocket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[Wire.UdpHeader.MaxPayload];
        while (true)
        {
            var received = await socket.ReceiveFromAsync(buffer, cancellationToken);
            var peer = (IPEndPoint)received.RemoteEndPoint;
            // Another such service would answer our answers for ever.
            if (!DatagramService.MayAnswer(peer) || peer.Port == LinesService.Port
                || received.ReceivedBytes > MaxRequest)
            {
                continue;
            }

            var request = Encoding.ASCII.GetString(buffer.AsSpan(0, received.ReceivedBytes)).Trim();
            var parts = request.Split(' ');
            if (parts.Length > 2 || !LinesService.TryParseCount(Encoding.ASCII.GetBytes(parts[0]), out var count))
                continue;
            if (parts.Length == 2 && IsValid(parts[1], peer))
                _ = TryAnswerAsync(socket, peer, count, cancellationToken);
            else
                await OfferAsync(socket, peer, count, cancellationToken);
        }
    }

    private ValueTask OfferAsync(
        UserTcpUdpSocket socket, IPEndPoint peer, int count, CancellationToken cancellationToken) =>
        DatagramService.TrySendAsync(
            socket, Encoding.ASCII.GetBytes($"{count} {CookieFor(peer, PeriodNow())}\n"), peer, cancellationToken);

    private async Task TryAnswerAsync(
        UserTcpUdpSocket socket, IPEndPoint peer, int count, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _answers) <= MaxAnswers)
        {
            try
            {
                await AnswerAsync(socket, peer, count, cancellationToken);
            }
            catch (Exception exception)
                when (exception is OperationCanceledException or ObjectDisposedException or IOException)
            {
                // The service stops.
            }
        }

        Interlocked.Decrement(ref _answers);
    }

    private async Task AnswerAsync(
        UserTcpUdpSocket socket, IPEndPoint peer, int count, CancellationToken cancellationToken)
    {
        var line = new byte[LinesService.MaxLineLength];
        for (var number = 1; number <= count; number++)
        {
            var length = LinesService.WriteLine(line, number);
            await DatagramService.TrySendAsync(socket, line.AsMemory(0, length), peer, cancellationToken);
            if (number % Burst == 0)
                await Task.Delay(Pause, time, cancellationToken);
        }
    }

    private bool IsValid(string cookie, IPEndPoint peer)
    {
        var given = Encoding.ASCII.GetBytes(cookie);
        var period = PeriodNow();
        return IsFor(period) || IsFor(period - 1);

        bool IsFor(long of) => CryptographicOperations.FixedTimeEquals(
            given, Encoding.ASCII.GetBytes(CookieFor(peer, of)));
    }

    private string CookieFor(IPEndPoint peer, long period) => Convert.ToHexStringLower(
        HMACSHA256.HashData(_key, Encoding.ASCII.GetBytes($"{peer.Address} {period}")).AsSpan(0, CookieBytes));

    private long PeriodNow() => time.GetUtcNow().Ticks / Period.Ticks;
}
