using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Tracing;
using UserTcp.Capture.Carriers;
using UserTcp.Tests.Api.Kit;
using Xunit;

namespace UserTcp.Tests.Api;

/// <summary>Explained events reach an event source and activities, and cost nothing when nobody looks.</summary>
public sealed class TraceCarrierTests
{
    [Fact]
    public async Task The_event_source_has_every_event_while_it_is_enabled()
    {
        await using var pair = await StackPair.StartAsync();
        await using var carrier = new TraceCarrier(pair.Client);
        Assert.Null(Observer(pair.Client));
        using var listener = new TraceListener();
        Assert.Null(TraceEventSource.Log.ConstructionException);
        await Until.TrueAsync(() => Observer(pair.Client) is not null);

        var (client, _) = await pair.ConnectAsync();
        await Until.TrueAsync(
            () => listener.Of(client).Any(one => one.Says.StartsWith("ACK: handshake", StringComparison.Ordinal)));

        Assert.Contains(listener.Of(client), one => one.Says.StartsWith("SYN: active open", StringComparison.Ordinal));
        Assert.All(listener.Of(client), one => Assert.StartsWith("{\"n\":", one.Json, StringComparison.Ordinal));
        client.Abort();
        await Until.TrueAsync(() => listener.Of(client).Any(one => one.Says.Contains("RST", StringComparison.Ordinal)));
        listener.Disable();
        await using var other = (await pair.ConnectAsync()).Client;
        await Until.TrueAsync(() => Observer(pair.Client) is null);
    }

    [Fact]
    public async Task A_connection_is_an_activity_with_an_event_for_what_is_worth_a_look()
    {
        var ended = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == UserTcpTelemetry.ActivitySourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using var pair = await StackPair.StartAsync();
        await using var carrier = new TraceCarrier(pair.Client, hasActivities: true);
        await Until.TrueAsync(() => Observer(pair.Client) is not null);

        var (client, _) = await pair.ConnectAsync();
        var port = client.LocalEndPoint.Port;
        client.Abort();

        await Until.TrueAsync(() => Find(ended, port) is not null);
        var activity = Find(ended, port)!;
        Assert.Equal(ActivityKind.Client, activity.Kind);
        Assert.Equal("tcp", activity.GetTagItem("network.transport"));
        Assert.Equal(client.RemoteEndPoint.Port, activity.GetTagItem("network.peer.port"));
        Assert.Contains(activity.Events, one => one.Tags.Any(tag => tag is { Key: "usertcp.says", Value: string }));
        Assert.Equal("ConnectionAborted", activity.GetTagItem("error.type"));
        Assert.InRange(activity.Duration, TimeSpan.Zero, TimeSpan.FromMinutes(5));
    }

    private static Activity? Find(IEnumerable<Activity> activities, int port) => activities.FirstOrDefault(one =>
        one.OperationName == "UserTcp.Connection" && Equals(one.GetTagItem("network.local.port"), port));

    private static object? Observer(UserTcpStack stack) =>
        stack.Loops.Loops[0].Call(driver => driver.Engine.Observer, () => null);

    /// <summary>Collects the events of the source.</summary>
    private sealed class TraceListener : EventListener
    {
        private readonly ConcurrentQueue<Carried> _events = [];

        public TraceListener() => EnableEvents(TraceEventSource.Log, EventLevel.Verbose);

        /// <summary>The events of a connection; other tests may have others.</summary>
        public Carried[] Of(UserTcpConnection connection)
        {
            var local = connection.LocalEndPoint.ToString();
            return [.. _events.Where(one => one.Connection.StartsWith(local, StringComparison.Ordinal))];
        }

        public void Disable() => DisableEvents(TraceEventSource.Log);

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (eventData.Payload is [long, long, string connection, string says, string json])
                _events.Enqueue(new Carried(connection, says, json));
        }

        public sealed record Carried(string Connection, string Says, string Json);
    }
}
