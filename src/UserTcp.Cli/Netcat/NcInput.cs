namespace UserTcp.Cli.Netcat;

/// <summary>
/// Standard input for one connection after another. A read that a connection has left pending, and bytes that it could
/// not send, are the next one's.
/// </summary>
internal sealed class NcInput(Stream input)
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private Task<int>? _pending;
    private int _unsent;
    private bool _hasEnded;

    /// <summary>Sends what is read until the input ends, which is the FIN, or the token is cancelled.</summary>
    public async Task SendToAsync(UserTcpConnection connection, CancellationToken cancellationToken)
    {
        var stream = connection.GetStream();
        while (!_hasEnded)
        {
            if (_unsent == 0)
            {
                _pending ??= input.ReadAsync(_buffer, CancellationToken.None).AsTask();
                _unsent = await _pending.WaitAsync(cancellationToken);
                _pending = null;
                _hasEnded = _unsent == 0;
            }

            await stream.WriteAsync(_buffer.AsMemory(0, _unsent), cancellationToken);
            _unsent = 0;
        }

        connection.CompleteWrites();
    }
}
