using System.Net.WebSockets;
using System.Text;

namespace UserTcp.Cli.Netcat;

/// <summary>What has come over an <see cref="NcChannel"/>.</summary>
/// <param name="Length">Bytes of data; 0 with neither word nor end is a FIN.</param>
/// <param name="Word">A word; null for data and for the end.</param>
/// <param name="IsEnd">The other side has gone.</param>
internal readonly record struct NcMessage(int Length, string? Word, bool IsEnd)
{
    /// <summary>The peer has acknowledged all data and the FIN.</summary>
    public const string Closed = "closed";

    /// <summary>The connection has failed; the reason stands behind it.</summary>
    public const string Failed = "failed: ";

    public bool IsFin => this is { Length: 0, Word: null, IsEnd: false };
}

/// <summary>
/// A connection of a running stack, carried to `nc` by a WebSocket: binary messages are data, an empty one is a FIN,
/// and a message of characters is a word. A WebSocket's own Close cannot close one direction with data behind it in the
/// other. One receiver at a time.
/// </summary>
internal sealed class NcChannel(WebSocket socket) : IDisposable
{
    private readonly SemaphoreSlim _sending = new(1);
    private bool _isInMessage;

    public Task SendDataAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        SendAsync(data, WebSocketMessageType.Binary, cancellationToken);

    public Task SendFinAsync(CancellationToken cancellationToken) =>
        SendAsync(ReadOnlyMemory<byte>.Empty, WebSocketMessageType.Binary, cancellationToken);

    public Task SendWordAsync(string word, CancellationToken cancellationToken) =>
        SendAsync(Encoding.UTF8.GetBytes(word), WebSocketMessageType.Text, cancellationToken);

    public async Task<NcMessage> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            ValueWebSocketReceiveResult result;
            bool isPart;
            do
            {
                // The rest of a message that does not fit comes as further data; only an empty whole message is a FIN.
                result = await socket.ReceiveAsync(buffer, cancellationToken);
                isPart = _isInMessage || !result.EndOfMessage;
                _isInMessage = !result.EndOfMessage;
            }
            while (result is { Count: 0, MessageType: WebSocketMessageType.Binary } && isPart);
            return result.MessageType switch
            {
                WebSocketMessageType.Binary => new NcMessage(result.Count, Word: null, IsEnd: false),
                WebSocketMessageType.Text => new NcMessage(
                    0, Encoding.UTF8.GetString(buffer.Span[..result.Count]), IsEnd: false),
                _ => new NcMessage(0, Word: null, IsEnd: true),
            };
        }
        catch (WebSocketException)
        {
            return new NcMessage(0, Word: null, IsEnd: true);
        }
    }

    /// <summary>Ends the channel at once. The stack resets the connection.</summary>
    public void Abort() => socket.Abort();

    /// <summary>Says that nothing comes any more.</summary>
    public async Task CloseAsync()
    {
        try
        {
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        }
        catch (WebSocketException)
        {
            // The other side has gone.
        }
    }

    public void Dispose()
    {
        _sending.Dispose();
        socket.Dispose();
    }

    /// <exception cref="NcFailure">The other side has gone.</exception>
    private async Task SendAsync(
        ReadOnlyMemory<byte> data, WebSocketMessageType type, CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken);
        try
        {
            await socket.SendAsync(data, type, endOfMessage: true, cancellationToken);
        }
        catch (Exception exception) when (exception is WebSocketException or ObjectDisposedException)
        {
            throw new NcFailure("the other side has gone", exception);
        }
        finally
        {
            _sending.Release();
        }
    }
}
