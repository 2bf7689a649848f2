using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;

namespace UserTcp.Cli.Services.Iperf3;

/// <summary>What goes over a connection of iperf3 that is no test data: the cookie, states, and JSON with its length before it.</summary>
internal sealed class Iperf3Channel(IDuplexPipe pipe)
{
    /// <summary>36 characters and a zero, made up by the client; it opens every connection of a test.</summary>
    public const int CookieLength = 37;

    /// <summary>The next octets.</summary>
    /// <exception cref="EndOfStreamException">There are not as many.</exception>
    public async ValueTask<byte[]> ReadAsync(int count, CancellationToken cancellationToken)
    {
        var read = await pipe.Input.ReadAtLeastAsync(count, cancellationToken);
        if (read.Buffer.Length < count)
        {
            pipe.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            throw new EndOfStreamException("The client is gone.");
        }

        var octets = read.Buffer.Slice(0, count).ToArray();
        pipe.Input.AdvanceTo(read.Buffer.GetPosition(count));
        return octets;
    }

    public async ValueTask<Iperf3State> ReadStateAsync(CancellationToken cancellationToken) =>
        (Iperf3State)(sbyte)(await ReadAsync(1, cancellationToken))[0];

    /// <summary>JSON text of at most so many octets; null when it is to be longer.</summary>
    public async ValueTask<byte[]?> ReadTextAsync(int limit, CancellationToken cancellationToken)
    {
        var length = BinaryPrimitives.ReadUInt32BigEndian(await ReadAsync(sizeof(uint), cancellationToken));
        return length > limit ? null : length == 0 ? [] : await ReadAsync((int)length, cancellationToken);
    }

    public async ValueTask SendAsync(Iperf3State state, CancellationToken cancellationToken)
    {
        pipe.Output.Write([unchecked((byte)state)]);
        await pipe.Output.FlushAsync(cancellationToken);
    }

    public async ValueTask SendTextAsync(ReadOnlyMemory<byte> json, CancellationToken cancellationToken)
    {
        BinaryPrimitives.WriteInt32BigEndian(pipe.Output.GetSpan(sizeof(int)), json.Length);
        pipe.Output.Advance(sizeof(int));
        await pipe.Output.WriteAsync(json, cancellationToken);
    }

    /// <summary>Ends the test with a reason. The second number is the system's error, of which there is none.</summary>
    public async ValueTask SendErrorAsync(Iperf3Error error, CancellationToken cancellationToken)
    {
        var message = new byte[1 + (2 * sizeof(int))];
        message[0] = unchecked((byte)Iperf3State.ServerError);
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(1), (int)error);
        await pipe.Output.WriteAsync(message, cancellationToken);
        await LetGoAsync(cancellationToken);
    }

    /// <summary>FIN, and then whatever the client still says: its answer would otherwise be a RST, and our last words lost.</summary>
    public async ValueTask LetGoAsync(CancellationToken cancellationToken)
    {
        await pipe.Output.CompleteAsync();
        while (true)
        {
            var read = await pipe.Input.ReadAsync(cancellationToken);
            pipe.Input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                return;
        }
    }
}
