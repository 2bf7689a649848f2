using System.Buffers.Binary;
using UserTcp.Engine;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Recording;
using UserTcp.Tests.Api.Kit;
using UserTcp.Tests.Recording.Kit;
using UserTcp.Wire;
using Xunit;

namespace UserTcp.Tests.Recording;

/// <summary>What an engine does follows from its surroundings too: memory, other loops, the shapes of blocks.</summary>
public sealed class SurroundingsTests
{
    [Fact]
    public void Rents_that_failed_fail_again()
    {
        var file = new MemoryStream();
        var sink = new RecordingSink(file, UserTcpRecording.DefaultMaxLength, onEnded: null);
        var stamper = new Stamper();
        var keys = EngineKeys.FromSecret(new byte[EngineKeys.SecretLength]);
        var (near, _) = InMemoryLink.CreatePair(new LinkProperties(1500));
        var recorder = new StackRecorder(
            sink, near, [DrivenPair.ServerAddress], new EngineOptions(), keys, DateTimeOffset.UnixEpoch, stamper);
        var pool = new FailingPool();
        using (var engine = new TcpEngine(
            new EngineOptions(), keys, near.Properties, [IpAddress.From(DrivenPair.ServerAddress)],
            new RecordedPool(pool, recorder[0]), recorder[0])
        {
            Recorder = recorder[0],
        })
        {
            for (var number = 0; number < 12; number++)
                Echo(engine, pool, (ushort)number);
            Assert.Equal(8, engine.Counters[Counter.FramesSent]);
        }

        recorder.Close();
        using var replay = UserTcpReplay.Open(new MemoryStream(file.ToArray()));
        while (replay.TryRead(out _))
        {
            // ICMP has no events.
        }

        Assert.Null(replay.Difference);
        Assert.Equal(8, replay.Frames);
    }

    [Fact]
    public void Memory_pressure_replays_equal()
    {
        var options = new DrivenOptions
        {
            Impair = "loss=2%,delay=2ms,seed=5",
            Engine = static () => new EngineOptions
            {
                MaxSegmentLifetime = TimeSpan.FromMilliseconds(50),
                MaxMemory = 1 << 20,
                MaxConnectionFaults = 0,
            },
        };

        var pair = DrivenPair.Run(options, Conversations.FillMemoryAsync);

        Assert.Contains(
            pair.ServerRecord.Events, one => (one.Segment.Meaning & SegmentMeaning.NoMemory) != 0
                || one.Segment.Reason == SegmentReason.ResetMemory || one.Connection.Error == EngineError.OutOfMemory);
        pair.ClientRecord.AssertReplayIsEqual();
        pair.ServerRecord.AssertReplayIsEqual();
    }

    [Fact]
    public async Task Several_loops_have_one_order_of_events()
    {
        var record = new RunRecord();
        await using (var pair = await StackPair.StartAsync(new PairOptions
        {
            Queues = 4,
            ServerObserver = record,
            ServerRecording = new UserTcpRecording(record.File) { Ended = record.OnEnded },
        }))
        {
            await using var listener = await pair.ListenAsync();
            await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
            {
                var (client, server) = await pair.ConnectAsync(listener);
                await using (client)
                await using (server)
                {
                    var write = client.GetStream().WriteAsync(new byte[100_000]);
                    await server.GetStream().ReadExactlyAsync(new byte[100_000]);
                    await write;
                }
            })));
        }

        record.AssertReplayIsEqual();
        Assert.Equal(record.Events.Select((_, index) => index + 1L), record.Events.Select(one => one.Number));
    }

    private static void Echo(TcpEngine engine, FailingPool pool, ushort number)
    {
        var now = new MonotonicTime(number);
        var frame = pool.Rent();
        frame.End = frame.Start + Ping(frame.Array, number);
        if (!engine.OnFrame(frame, now))
            frame.Release();
        var headers = new byte[TcpEngine.MaxHeaderLength];
        while (engine.TryEmit(headers, now, out _))
        {
            // The reply, if there was memory for it.
        }
    }

    /// <summary>An ICMP echo request from the client.</summary>
    private static int Ping(byte[] frame, ushort number)
    {
        const int Length = 28;
        var packet = frame.AsSpan(0, Length);
        packet.Clear();
        packet[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], Length);
        packet[8] = 64;
        packet[9] = (byte)IpProtocol.Icmp;
        IpAddress.From(DrivenPair.ClientAddress).Write(packet[12..]);
        IpAddress.From(DrivenPair.ServerAddress).Write(packet[16..]);
        BinaryPrimitives.WriteUInt16BigEndian(packet[10..], InternetChecksum.Compute(packet[..20]));
        packet[20] = 8;
        BinaryPrimitives.WriteUInt16BigEndian(packet[26..], number);
        BinaryPrimitives.WriteUInt16BigEndian(packet[22..], InternetChecksum.Compute(packet[20..]));
        return Length;
    }

    private sealed class Stamper : IEventStamper
    {
        private long _number;

        public EventStamp Pass(in TraceEvent traceEvent) => new(++_number, traceEvent.Time);
    }

    /// <summary>Every third rent of the engine fails.</summary>
    private sealed class FailingPool : BlockPool
    {
        private readonly LocalBlockPool _inner = new();
        private int _rents;

        public override int Rented => _inner.Rented;

        public override Block Rent(int minimumSize = StandardSize) => _inner.Rent(minimumSize);

        public override Block? TryRent(int minimumSize = StandardSize) =>
            ++_rents % 3 == 0 ? null : _inner.TryRent(minimumSize);

        protected override void Return(Block block) => throw new NotSupportedException();
    }
}
