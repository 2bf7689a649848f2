using UserTcp.Capture;
using UserTcp.Capture.Explaining;
using UserTcp.Capture.Reading;
using UserTcp.Cli.Linking;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;
using UserTcp.Wire;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>What watches a link does not disturb it.</summary>
public sealed class LinkTraceTests
{
    [Fact]
    public void A_capture_that_fails_ends_once_and_frames_still_pass()
    {
        var errors = new List<Exception>();
        var file = new FailingFile();
        using var trace = new LinkTrace(null, new PcapngWriter(file, "link0", 1500), errors.Add);
        file.Fails = true;
        var device = new QueuedDevice([Frame(1), Frame(2), Frame(3)]);
        var watched = trace.Watch(device, index: 0);

        var buffer = new byte[1500];
        for (var i = 0; i < 3; i++)
            Assert.NotEqual(0, watched.Read(buffer));
        Assert.Equal(0, watched.Read(buffer));
        watched.Wait(TimeSpan.Zero);

        Assert.Equal("no space left", Assert.Single(errors).Message);
    }

    [Fact]
    public void A_frame_is_handled_before_it_reaches_the_other_end()
    {
        using var file = new MemoryStream();
        var (a, b) = (new QueuedDevice([Frame(1)]), new QueuedDevice([Frame(2, isAnswer: true)]));
        using (var trace = new LinkTrace(null, new PcapngWriter(file, "link0", 1500), static _ => { }))
        {
            var (endA, endB) = (trace.Watch(a, index: 0), trace.Watch(b, index: 1));
            var buffer = new byte[1500];
            var length = endA.Read(buffer);
            endB.Write(new Emission(buffer.AsSpan(0, length)));
            // The answer's direction goes on first.
            Assert.NotEqual(0, endB.Read(buffer));
            Assert.Equal(0, endB.Read(buffer));
            Assert.Equal(0, endA.Read(buffer));
        }

        var reader = CaptureReader.Open(new MemoryStream(file.ToArray()));
        var directions = new List<(bool? IsOutbound, long Time)>();
        while (reader.TryRead(out var packet))
            directions.Add((packet.IsOutbound, packet.Nanoseconds));
        Assert.Equal([true, false], directions.Select(one => one.IsOutbound));
        Assert.True(directions[0].Time <= directions[1].Time);
    }

    [Fact]
    public void A_terminal_that_stops_does_not_stop_the_link_and_a_line_counts_what_it_missed()
    {
        const int Events = 20_000;
        using var terminal = new StoppedTerminal();
        var printer = new TracePrinter(terminal, EventForm.Lines, LineStyle.Plain);
        var explainer = new EventExplainer();
        for (var i = 1; i <= Events; i++)
            printer.Add(EventOf(explainer, i));
        terminal.Continue();
        terminal.WaitForLines(4096);
        printer.Add(EventOf(explainer, Events + 1));
        printer.Dispose();

        var lines = terminal.Lines;
        var gap = Assert.Single(lines, line => line.Contains("events were not recorded", StringComparison.Ordinal));
        Assert.InRange(lines.Count, 4096, 4096 + 16);
        Assert.Contains(FormattableString.Invariant($" -- {Events + 1 - (lines.Count - 1):N0} events"), gap);
        Assert.StartsWith($"#{Events + 1} ", lines[^1], StringComparison.Ordinal);
    }

    private static ExplainedEvent EventOf(EventExplainer explainer, int number) => explainer.Explain(new TraceEvent
    {
        Number = number,
        Kind = TraceEventKind.Connection,
        Time = new MonotonicTime(number),
        Tuple = default,
        Connection = new ConnectionChange(ConnectionChangeKind.ActiveOpen, EngineError.None),
    });

    /// <summary>A SYN, or the RST that answers it.</summary>
    private static byte[] Frame(ushort port, bool isAnswer = false)
    {
        var frame = new byte[40];
        (frame[0], frame[3], frame[8], frame[9]) = (0x45, 40, 64, 6);
        new byte[] { 198, 18, 7, (byte)(isAnswer ? 2 : 1) }.CopyTo(frame, 12);
        new byte[] { 198, 18, 7, (byte)(isAnswer ? 1 : 2) }.CopyTo(frame, 16);
        (frame[21], frame[23], frame[32]) = ((byte)port, 80, 0x50);
        frame[33] = (byte)(isAnswer ? TcpFlags.Rst : TcpFlags.Syn);
        return frame;
    }

    private sealed class QueuedDevice(byte[][] frames) : ILinkDevice
    {
        private readonly Queue<byte[]> _frames = new(frames);

        public string Name => "link0";

        public LinkProperties Properties { get; } = new(1500);

        public int Read(Span<byte> buffer)
        {
            if (!_frames.TryDequeue(out var frame))
                return 0;
            frame.CopyTo(buffer);
            return frame.Length;
        }

        public bool Write(in Emission frame) => true;

        public void Wait(TimeSpan timeout)
        {
            // There is always something to do.
        }

        public void Wake()
        {
            // It never sleeps.
        }

        public void Dispose()
        {
            // Nothing is held.
        }
    }

    private sealed class FailingFile : MemoryStream
    {
        public bool Fails { get; set; }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (Fails)
                throw new IOException("no space left");
            base.Write(buffer);
        }
    }

    /// <summary>Takes no line until it continues.</summary>
    private sealed class StoppedTerminal : StringWriter
    {
        private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

        private readonly ManualResetEventSlim _goes = new();
        private readonly List<string> _lines = [];

        public IReadOnlyList<string> Lines
        {
            get
            {
                lock (_lines)
                    return [.. _lines];
            }
        }

        public void Continue() => _goes.Set();

        public void WaitForLines(int count) =>
            Assert.True(SpinWait.SpinUntil(() => Lines.Count >= count, Limit), "no lines");

        public override void WriteLine(string? value)
        {
            _goes.Wait(Limit);
            lock (_lines)
                _lines.Add(value!);
        }

        protected override void Dispose(bool disposing)
        {
            _goes.Dispose();
            base.Dispose(disposing);
        }
    }
}
