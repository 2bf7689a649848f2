using System.Buffers;
using System.Buffers.Binary;

namespace UserTcp.Soak.Traffic;

/// <summary>The order in which the two ends of a conversation send.</summary>
internal enum Order : byte
{
    /// <summary>Both send at once; the client sends FIN first.</summary>
    ClientCloses,

    /// <summary>Both send at once; the server sends FIN first, and enters TIME-WAIT.</summary>
    ServerCloses,

    /// <summary>The server sends nothing before the client's FIN has arrived.</summary>
    HalfClose,
}

/// <summary>Received data differs from the sent data, or is incomplete.</summary>
internal sealed class MismatchException(string message) : Exception(message);

/// <summary>
/// A conversation over one connection. The client announces it in a head of 24 bytes, and both ends check every byte.
/// </summary>
/// <param name="Seed">The seed of the data.</param>
/// <param name="Up">Bytes from the client to the server.</param>
/// <param name="Down">Bytes from the server to the client.</param>
/// <param name="Order">The order of the two ends.</param>
internal sealed record Conversation(ulong Seed, int Up, int Down, Order Order)
{
    private const int HeadLength = 24;
    private const int BufferLength = 32 * 1024;

    /// <summary>The seed of the server's data.</summary>
    public ulong DownSeed => ~Seed;

    /// <summary>The client's part, from its head to both FINs.</summary>
    public async Task RunClientAsync(Wire wire, CancellationToken cancellationToken)
    {
        await WriteHeadAsync(wire, cancellationToken);
        var sending = SendAndCloseAsync();
        await Task.WhenAll(sending, ReceiveAsync(wire, DownSeed, Down, sending, cancellationToken));

        async Task SendAndCloseAsync()
        {
            await SendAsync(wire, Seed, Up, cancellationToken);
            if (Order != Order.ServerCloses)
                wire.CompleteWrites();
        }
    }

    public Task WriteHeadAsync(Wire wire, CancellationToken cancellationToken)
    {
        var head = new byte[HeadLength];
        BinaryPrimitives.WriteUInt64LittleEndian(head, Seed);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(8), Up);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(12), Down);
        head[16] = (byte)Order;
        return wire.Stream.WriteAsync(head, cancellationToken).AsTask();
    }

    public static async Task<Conversation> ReadHeadAsync(Wire wire, CancellationToken cancellationToken)
    {
        var head = new byte[HeadLength];
        await wire.Stream.ReadExactlyAsync(head, cancellationToken);
        return new Conversation(
            BinaryPrimitives.ReadUInt64LittleEndian(head), BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(8)),
            BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(12)), (Order)head[16]);
    }

    /// <summary>The server's part, after the head.</summary>
    public async Task RunServerAsync(Wire wire, CancellationToken cancellationToken)
    {
        if (Order == Order.HalfClose)
        {
            await ReceiveAsync(wire, Seed, Up, Task.CompletedTask, cancellationToken);
            await SendAsync(wire, DownSeed, Down, cancellationToken);
            wire.CompleteWrites();
            return;
        }

        var sending = SendAndCloseAsync();
        await Task.WhenAll(sending, ReceiveAsync(wire, Seed, Up, sending, cancellationToken));
        if (Order == Order.ClientCloses)
            wire.CompleteWrites();

        async Task SendAndCloseAsync()
        {
            await SendAsync(wire, DownSeed, Down, cancellationToken);
            if (Order == Order.ServerCloses)
                wire.CompleteWrites();
        }
    }

    public static async Task SendAsync(Wire wire, ulong seed, int length, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
        try
        {
            for (var sent = 0; sent < length;)
            {
                var part = Math.Min(BufferLength, length - sent);
                Pattern.Fill(buffer.AsSpan(0, part), seed, sent);
                await wire.Stream.WriteAsync(buffer.AsMemory(0, part), cancellationToken);
                sent += part;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Reads to the FIN, after which a client that waits for it answers with its own.</summary>
    private async Task ReceiveAsync(
        Wire wire, ulong seed, int length, Task sending, CancellationToken cancellationToken)
    {
        await ReadAsync(wire, seed, 0, length, TimeSpan.Zero, cancellationToken);
        if (await wire.Stream.ReadAsync(new byte[1], cancellationToken) != 0)
            throw new MismatchException($"{wire.Name}: data after the last of {length} bytes");
        await sending;
        if (Order == Order.ServerCloses && seed == DownSeed)
            wire.CompleteWrites();
    }

    /// <summary>
    /// Reads and checks a part of a stream; slowly, with a pause after each 4 KiB, when there is one.
    /// </summary>
    public static async Task ReadAsync(
        Wire wire, ulong seed, int from, int to, TimeSpan pause, CancellationToken cancellationToken)
    {
        const int SlowPiece = 4096;
        var buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
        var position = from;
        try
        {
            while (position < to)
            {
                var max = Math.Min(pause > TimeSpan.Zero ? SlowPiece : BufferLength, to - position);
                var count = await wire.Stream.ReadAsync(buffer.AsMemory(0, max), cancellationToken);
                if (count == 0)
                    throw new MismatchException($"{wire.Name}: FIN after {position} of {to} bytes");
                if (Pattern.FindMismatch(buffer.AsSpan(0, count), seed, position) is >= 0 and var wrong)
                {
                    throw new MismatchException(
                        $"{wire.Name}: byte {wrong} of {to} is not what was sent (seed {seed})");
                }

                position += count;
                if (pause > TimeSpan.Zero)
                    await Task.Delay(pause, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{wire.Name}: the time is up, and {position} of {to} bytes have come");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
