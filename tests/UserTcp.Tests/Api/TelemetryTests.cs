using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Tracing;
using System.Net;
using System.Net.Sockets;
using UserTcp.Tests.Api.Kit;
using Xunit;

namespace UserTcp.Tests.Api;

/// <summary>
/// The activities and events of connecting and accepting. All stacks of the process share their sources.
/// </summary>
public sealed class TelemetryTests
{
    [Fact]
    public async Task Connecting_and_accepting_are_activities_with_the_peer()
    {
        using var activities = new Activities();
        await using var pair = await StackPair.StartAsync();
        var (client, server) = await pair.ConnectAsync();

        var connect = activities.Find("UserTcp.Connect", client.RemoteEndPoint);
        var accept = activities.Find("UserTcp.Accept", server.RemoteEndPoint);

        Assert.Equal((ActivityKind.Client, ActivityStatusCode.Unset), (connect.Kind, connect.Status));
        Assert.Equal(
            ("tcp", "ipv4", "198.18.0.2"),
            (connect.GetTagItem("network.transport"), connect.GetTagItem("network.type"),
                connect.GetTagItem("network.peer.address")));
        Assert.Equal(ActivityKind.Server, accept.Kind);
    }

    [Fact]
    public async Task A_refused_attempt_is_an_activity_with_its_error()
    {
        using var activities = new Activities();
        await using var pair = await StackPair.StartAsync();
        var remote = new IPEndPoint(StackPair.ServerIPv4, 4711);

        await ErrorAssert.AssertSocketAsync(
            SocketError.ConnectionRefused, () => pair.Client.ConnectAsync(remote).OrFail());

        var connect = activities.Find("UserTcp.Connect", remote);
        Assert.Equal(
            (ActivityStatusCode.Error, "connection_refused"), (connect.Status, connect.GetTagItem("error.type")));
    }

    [Fact]
    public async Task The_event_source_reports_each_step()
    {
        using var events = new Events();
        await using var pair = await StackPair.StartAsync();
        var (client, server) = await pair.ConnectAsync();
        var (local, remote) = (client.LocalEndPoint.ToString(), client.RemoteEndPoint.ToString());
        var refused = new IPEndPoint(StackPair.ServerIPv4, 4712);
        await ErrorAssert.AssertSocketAsync(
            SocketError.ConnectionRefused, () => pair.Client.ConnectAsync(refused).OrFail());

        client.Abort();
        await Until.TrueAsync(() => events.Seen.Contains($"Closed {local} connection_reset"));

        Assert.Contains($"ConnectStart {remote}", events.Seen);
        Assert.Contains($"ConnectStop {remote}", events.Seen);
        Assert.Contains($"Accepted {local}", events.Seen);
        Assert.Contains($"ConnectFailed {refused} connection_refused", events.Seen);
        Assert.Contains($"Closed {remote} connection_aborted", events.Seen);
        GC.KeepAlive(server);
    }

    /// <summary>The activities of one test that have ended: those of its trace.</summary>
    private sealed class Activities : IDisposable
    {
        private readonly ConcurrentQueue<Activity> _ended = new();
        private readonly ActivityListener _listener;
        private readonly Activity _test = new Activity("test").Start();

        public Activities()
        {
            _listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name == UserTcpTelemetry.ActivitySourceName,
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
                ActivityStopped = _ended.Enqueue,
            };
            ActivitySource.AddActivityListener(_listener);
        }

        public Activity Find(string name, IPEndPoint peer) => Assert.Single(
            _ended,
            activity => activity.OperationName == name && activity.TraceId == _test.TraceId
                && peer.Address.ToString().Equals(activity.GetTagItem("network.peer.address"))
                && peer.Port.Equals(activity.GetTagItem("network.peer.port")));

        public void Dispose()
        {
            _test.Dispose();
            _listener.Dispose();
        }
    }

    /// <summary>The events of the source "UserTcp" as text.</summary>
    private sealed class Events : EventListener
    {
        public ConcurrentBag<string> Seen { get; } = [];

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == UserTcpTelemetry.EventSourceName)
                EnableEvents(eventSource, EventLevel.Verbose);
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData) =>
            Seen?.Add($"{eventData.EventName} {string.Join(' ', eventData.Payload!)}".TrimEnd());
    }
}
