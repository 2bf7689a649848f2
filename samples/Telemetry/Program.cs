// The metrics and the activities of a stack, collected by OpenTelemetry. A service would have another exporter. From
// outside of the process dotnet-counters shows the same metrics: dotnet-counters monitor -n NAME --counters UserTcp
using System.Diagnostics;
using System.Globalization;
using System.Net;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using UserTcp;

var metrics = new List<Metric>();
var activities = new List<Activity>();
using var meters = Sdk.CreateMeterProviderBuilder()
    .AddMeter(UserTcpTelemetry.MeterName).AddInMemoryExporter(metrics).Build();
using var traces = Sdk.CreateTracerProviderBuilder()
    .AddSource(UserTcpTelemetry.ActivitySourceName).AddInMemoryExporter(activities).Build();

var (near, far) = InMemoryLink.CreatePair();
var address = IPAddress.Parse("192.0.2.1");
await using var server = await UserTcpStack.StartAsync(new() { Device = near, Addresses = [address] });
await using var client = await UserTcpStack.StartAsync(
    new() { Device = far, Addresses = [IPAddress.Parse("192.0.2.2")] });
await using (var listener = await server.ListenAsync(new IPEndPoint(address, 9)))
{
    var accepting = listener.AcceptConnectionAsync();
    await using var connection = await client.ConnectAsync(listener.LocalEndPoint);
    await using var accepted = await accepting;
    await connection.GetStream().WriteAsync(new byte[100_000]);
    connection.CompleteWrites();
    await accepted.GetStream().CopyToAsync(Stream.Null);
}

meters.ForceFlush();
foreach (var metric in metrics.Where(metric => metric.Name is "usertcp.io" or "usertcp.connections.opened"))
{
    foreach (ref readonly var point in metric.GetMetricPoints())
    {
        var tags = new List<string>();
        foreach (var tag in point.Tags)
            tags.Add($"{tag.Key}={tag.Value}");
        if (point.GetSumLong() > 0)
            Print($"{metric.Name} {string.Join(' ', tags)}: {point.GetSumLong()} {metric.Unit}");
    }
}

foreach (var activity in activities.OrderBy(activity => activity.OperationName))
{
    var peer = activity.GetTagItem("network.peer.address");
    Print($"{activity.OperationName} {peer}: {activity.Duration.TotalMilliseconds:F1} ms");
}

static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
