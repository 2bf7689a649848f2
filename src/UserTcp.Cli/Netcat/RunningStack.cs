using System.Net.Sockets;
using UserTcp.Cli.Control;

namespace UserTcp.Cli.Netcat;

/// <summary>A stack that runs in another process, over its control socket (<see cref="NcPage"/>).</summary>
internal sealed class RunningStack(ControlClient client, IReadOnlyList<string> addresses) : INcStack
{
    public IReadOnlyList<string> Addresses => addresses;

    public async Task<INcConnection> ConnectAsync(
        string host, ushort port, int sourcePort, AddressFamily family, CancellationToken cancellationToken)
    {
        var path = FormattableString.Invariant(
            $"/nc/connect?host={Uri.EscapeDataString(host)}&port={port}&source={sourcePort}&family={family}");
        return new Connection(await OpenAsync(path, cancellationToken), $"{host}:{port}");
    }

    public async Task<INcListener> ListenAsync(
        ushort port, AddressFamily family, CancellationToken cancellationToken)
    {
        var path = FormattableString.Invariant($"/nc/listen?port={port}&family={family}");
        return new Listener(this, await OpenAsync(path, cancellationToken));
    }

    private async Task<NcChannel> OpenAsync(string path, CancellationToken cancellationToken) =>
        new(await client.OpenWebSocketAsync(path, cancellationToken));

    private sealed class Listener(RunningStack stack, NcChannel channel) : INcListener
    {
        private readonly byte[] _word = new byte[256];

        /// <summary>Each word is the id of a connection, and its peer.</summary>
        public async Task<INcConnection> AcceptAsync(CancellationToken cancellationToken)
        {
            var message = await channel.ReceiveAsync(_word, cancellationToken);
            if (message.Word?.Split(' ') is not [var id, var remote])
                throw new NcFailure("the stack has ended");
            return new Connection(
                await stack.OpenAsync($"/nc/accept?id={Uri.EscapeDataString(id)}", cancellationToken), remote);
        }

        public async ValueTask DisposeAsync()
        {
            await channel.CloseAsync();
            channel.Dispose();
        }
    }

    private sealed class Connection(NcChannel channel, string remote) : INcConnection
    {
        private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Remote => remote;

        public Task WritesClosed => _closed.Task;

        public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            var message = await channel.ReceiveAsync(buffer, cancellationToken);
            if (message.IsFin)
            {
                _ = ReceiveWordAsync();
            }
            else if (message.Length == 0)
            {
                Complete(message);
                await _closed.Task;
            }

            return message.Length;
        }

        public async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
        {
            if (!data.IsEmpty)
                await channel.SendDataAsync(data, cancellationToken);
        }

        public async ValueTask CompleteWritesAsync() => await channel.SendFinAsync(CancellationToken.None);

        public void Abort() => channel.Abort();

        public async ValueTask DisposeAsync()
        {
            // Nobody may wait for it any more.
            _ = _closed.Task.Exception;
            await channel.CloseAsync();
            channel.Dispose();
        }

        /// <summary>After the peer's FIN only a word comes.</summary>
        private async Task ReceiveWordAsync()
        {
            var buffer = new byte[256];
            while (!_closed.Task.IsCompleted)
                Complete(await channel.ReceiveAsync(buffer, CancellationToken.None));
        }

        /// <summary>Handles a word or the end: nothing comes behind it.</summary>
        private void Complete(NcMessage message)
        {
            if (message.Word == NcMessage.Closed)
                _closed.TrySetResult();
            else if (message.Word?.StartsWith(NcMessage.Failed, StringComparison.Ordinal) == true)
                _closed.TrySetException(new NcFailure(message.Word[NcMessage.Failed.Length..]));
            else
                _closed.TrySetException(new NcFailure("the stack has ended"));
        }
    }
}
