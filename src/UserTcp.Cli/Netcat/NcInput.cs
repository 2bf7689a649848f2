namespace UserTcp.Cli.Netcat;

/// <summary>
/// Standard input for one connection after another. A read that a connection has left pending is the next one's. A
/// chunk belongs to the connection that was open when it was read, whether or not all of it could be sent.
/// </summary>
internal sealed class NcInput(Stream input)
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private Task<int>? _pending;
    private bool _hasEnded;

    /// <summary>
    /// Sends what is read until the input ends, or the peer has left, and then a FIN. Fails when
    /// <paramref name="cancellationToken"/> is cancelled.
    /// </summary>
    /// <param name="connection">The connection.</param>
    /// <param name="peerLeft">Cancelled when nothing more is to be read for this connection.</param>
    /// <param name="cancellationToken">Cancelled when the connection has ended.</param>
    public async Task SendToAsync(
        INcConnection connection, CancellationToken peerLeft, CancellationToken cancellationToken)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(peerLeft, cancellationToken);
        try
        {
            while (!_hasEnded)
            {
                _pending ??= input.ReadAsync(_buffer, CancellationToken.None).AsTask();
                var length = await _pending.WaitAsync(waiting.Token);
                _pending = null;
                _hasEnded = length == 0;
                await connection.WriteAsync(_buffer.AsMemory(0, length), cancellationToken);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The peer has left, and has got what was read before.
        }

        await connection.CompleteWritesAsync();
    }
}
