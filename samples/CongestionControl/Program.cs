// A congestion control of one's own (Vegas.cs) against the default, CUBIC: each sends 4 MiB over a bottleneck of 16
// Mbit/s whose queue is ten times as long as the path.
using DelayBased;

Console.WriteLine("control    Mbit/s   queueing delay     cwnd   retransmitted");
foreach (var control in new[] { null, Vegas.Factory })
{
    var transfer = await Transfer.RunAsync(control);
    Console.WriteLine(
        $"{transfer.Name,-8} {Transfer.Length * 8 / transfer.Duration.TotalSeconds / 1e6,8:0.0}"
        + $"{transfer.QueueingDelay.TotalMilliseconds,14:0.0} ms{transfer.Window / 1000,6} kB"
        + $"{transfer.Retransmissions,16}");
}
