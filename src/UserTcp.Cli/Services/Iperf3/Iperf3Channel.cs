using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;

namespace UserTcp.Cli.Services.Iperf3;

/// <summary>
/// The control connection of iperf3: the cookie, states, and JSON with its length before it. A step that the client
/// does not do in time ends with an error.
/// </summary>
/// <param name="pipe">The connection.</param>
/// <param name="time">The clock.</param>
/// <param name="limit">How long each step may take.</param>
internal sealed class Iperf3Channel(IDuplexPipe pipe, TimeProvider time, TimeSpan limit)
{
    /// <summary>36 characters and a zero, made up by the client; it opens every connection of a test.</summary>
    public const int CookieLength = 37;

    /// <summary>The next bytes, in time.</summary>
    /// <exception cref="EndOfStreamException">There are not as many.</exception>
    public Task<byte[]> ReadAsync(int count, CancellationToken cancellationToken) =>
        InTimeAsync(token => ReadWithoutLimitAsync(count, token), cancellationToken);

    /// <summary>The client's next state, which it sends when it likes to.</summary>
    public async Task<Iperf3State> ReadStateAsync(CancellationToken cancellationToken) =>
        (Iperf3State)(sbyte)(await ReadWithoutLimitAsync(1, cancellationToken))[0];

    /// <summary>The client's next state, in time.</summary>
    public Task<Iperf3State> ReadStateInTimeAsync(CancellationToken cancellationToken) =>
        InTimeAsync(ReadStateAsync, cancellationToken);

    /// <summary>Reads JSON, in time; null when it is longer than <paramref name="maxLength"/> bytes.</summary>
    public Task<byte[]?> ReadJsonAsync(int maxLength, CancellationToken cancellationToken) => InTimeAsync(
        async token =>
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(await ReadWithoutLimitAsync(sizeof(uint), token));
            return length > maxLength ? null : length == 0 ? [] : await ReadWithoutLimitAsync((int)length, token);
        },
        cancellationToken);

    public async ValueTask SendAsync(Iperf3State state, CancellationToken cancellationToken)
    {
        pipe.Output.Write([unchecked((byte)state)]);
        await pipe.Output.FlushAsync(cancellationToken);
    }

    public async ValueTask SendJsonAsync(ReadOnlyMemory<byte> json, CancellationToken cancellationToken)
    {
        BinaryPrimitives.WriteInt32BigEndian(pipe.Output.GetSpan(sizeof(int)), json.Length);
        pipe.Output.Advance(sizeof(int));
        await pipe.Output.WriteAsync(json, cancellationToken);
    }

    /// <summary>
    /// Tells the client why there is no test, in its own numbers, and returns what to throw. The second number is the
    /// system's error, of which there is none.
    /// </summary>
    public async Task<Iperf3Exception> RefuseAsync(Iperf3Error error, CancellationToken cancellationToken)
    {
        var message = new byte[1 + (2 * sizeof(int))];
        message[0] = unchecked((byte)Iperf3State.ServerError);
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(1), (int)error);
        await LetGoAsync(message, cancellationToken);
        return new Iperf3Exception($"Refused with error {(int)error} ({error}).");
    }

    /// <summary>Busy.</summary>
    public Task DenyAsync(CancellationToken cancellationToken) =>
        LetGoAsync(new[] { unchecked((byte)Iperf3State.AccessDenied) }, cancellationToken);

    /// <summary>
    /// Last words and FIN, and then whatever the client still says, for as long as a step takes: its answer would
    /// otherwise be a RST, and the last words lost.
    /// </summary>
    public async Task LetGoAsync(ReadOnlyMemory<byte> lastWords, CancellationToken cancellationToken)
    {
        using var over = new CancellationTokenSource(limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, over.Token);
        try
        {
            await pipe.Output.WriteAsync(lastWords, both.Token);
            await pipe.Output.CompleteAsync();
            await pipe.Input.DiscardAsync(both.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The client has had its time.
        }
    }

    private async Task<byte[]> ReadWithoutLimitAsync(int count, CancellationToken cancellationToken)
    {
        var read = await pipe.Input.ReadAtLeastAsync(count, cancellationToken);
        if (read.Buffer.Length < count)
        {
            pipe.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            throw new EndOfStreamException("The client is gone.");
        }

        var bytes = read.Buffer.Slice(0, count).ToArray();
        pipe.Input.AdvanceTo(read.Buffer.GetPosition(count));
        return bytes;
    }

    /// <summary>A client that does not do its step is told that the server has had enough.</summary>
    private async Task<T> InTimeAsync<T>(Func<CancellationToken, Task<T>> wait, CancellationToken cancellationToken)
    {
        using var over = new CancellationTokenSource(limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, over.Token);
        try
        {
            return await wait(both.Token);
        }
        catch (OperationCanceledException)
            when (over.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // Below.
        }

        throw await RefuseAsync(Iperf3Error.ServerTerminated, cancellationToken);
    }
}
