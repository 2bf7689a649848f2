using Microsoft.Extensions.DependencyInjection;
using UserTcp.Capture;
using UserTcp.Capture.Explaining;
using UserTcp.Capture.Pictures;
using UserTcp.Capture.Reading;
using UserTcp.Capture.Recorded;
using UserTcp.Engine.Contract;
using UserTcp.Hosting.Tests.Kit;
using Xunit;

namespace UserTcp.Hosting.Tests.Capture;

/// <summary>The capture of a hosted stack has the sentence of each segment, and all events.</summary>
public sealed class ExplainedCaptureTests : IDisposable
{
    private const int Port = 7;
    private const int Bytes = 300_000;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("usertcp-explained-");

    private string File => Path.Combine(_folder.FullName, "trace.pcapng");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task The_file_has_what_the_applications_observer_gets()
    {
        var seen = new Observer();
        await TransferAsync(seen);

        var (comments, recorded) = Read();

        Assert.Null(recorded.Problem);
        Assert.Equal((0, seen.Says.Count), (recorded.Missing, recorded.Count));
        Assert.Equal(seen.Says, recorded.Conversations.SelectMany(one => one.Events)
            .OrderBy(one => one.Event.Number).Select(one => one.Say()));
        // Every segment that has passed the device has a comment, and no other packet.
        Assert.Equal(recorded.Conversations.Sum(one => one.SegmentCount), comments.Count);
        Assert.Contains(comments, comment => comment.StartsWith("retransmission: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_json_is_that_of_a_watch()
    {
        var seen = new Observer();
        await TransferAsync(seen);

        var lines = string.Join('\n', Read().Recorded.Conversations.SelectMany(one => one.Events)
            .OrderBy(one => one.Event.Number).Select(one => EventJson.Format(one)));

        Assert.Equal(string.Join('\n', seen.Json), lines);
        Assert.Equal(seen.Json.Count, EventJsonReader.Read(new StringReader(lines)).Count);
    }

    [Fact]
    public async Task An_observer_that_throws_ends_itself_and_not_the_capture()
    {
        var seen = new Observer { FailsAt = 5 };
        var log = await TransferAsync(seen);

        var (comments, recorded) = Read();

        Assert.Equal(5, seen.Says.Count);
        Assert.Null(recorded.Problem);
        Assert.True(recorded.Count > 500);
        Assert.Equal(recorded.Conversations.Sum(one => one.SegmentCount), comments.Count);
        Assert.Contains(
            "Error: The observer has failed and is no longer called; the stack goes on", log.Own);
    }

    private async Task<LogBook> TransferAsync(Observer observer)
    {
        using var log = new LogBook();
        await using var network = await Network.CreateAsync();
        using var host = Hosts.Build(
            network,
            options =>
            {
                options.CaptureFile = File;
                options.Impair = "loss=3%,seed=7";
                options.Engine = new EngineOptions { MaxSegmentLifetime = TimeSpan.FromMilliseconds(50) };
            },
            before: services => services.AddSingleton<IEngineObserver>(observer), log: log);
        await host.StartAsync(TestContext.Current.CancellationToken);
        var stack = await host.StackAsync();
        await using var listener = await stack.ListenAsync(new System.Net.IPEndPoint(Network.HostIPv4, Port));
        await using var client = await network.ConnectAsync(Port);
        await using var server = await listener.AcceptConnectionAsync(TestContext.Current.CancellationToken);
        var sending = server.GetStream().WriteAsync(new byte[Bytes], TestContext.Current.CancellationToken).AsTask();
        await client.GetStream().ReadExactlyAsync(new byte[Bytes], TestContext.Current.CancellationToken).AsTask()
            .OrFail();
        await sending.OrFail();
        await host.StopAsync(TestContext.Current.CancellationToken);
        return log;
    }

    private (List<string> Comments, RecordedEvents Recorded) Read()
    {
        using var stream = System.IO.File.OpenRead(File);
        var reader = CaptureReader.Open(stream);
        var (comments, recorded) = (new List<string>(), new RecordedEvents());
        while (reader.TryRead(out var packet))
        {
            recorded.Add(reader.StatisticsOptions);
            recorded.Add(packet);
            if (packet.Comments.Count > 0)
                comments.Add(Assert.Single(packet.Comments));
        }

        recorded.Add(reader.StatisticsOptions);
        Assert.Null(reader.Error);
        recorded.Complete();
        return (comments, recorded);
    }

    private sealed class Observer : IEngineObserver
    {
        private readonly EventExplainer _explainer = new();

        public int FailsAt { get; init; } = int.MaxValue;

        public List<string> Says { get; } = [];

        public List<string> Json { get; } = [];

        public void OnEvent(in TraceEvent traceEvent)
        {
            if (Says.Count == FailsAt)
                throw new InvalidOperationException("A fault of the application.");
            var explained = _explainer.Explain(traceEvent);
            Says.Add(explained.Say());
            Json.Add(EventJson.Format(explained));
        }
    }
}
