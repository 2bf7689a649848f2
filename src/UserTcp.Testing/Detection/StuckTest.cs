using System.Text;

namespace UserTcp.Testing.Detection;

/// <summary>
/// The test waits for something that will never come: nothing runs, no packet is on its way, and no virtual timer is
/// set.
/// </summary>
/// <param name="limit">Real time without anything to do before the test counts as stuck.</param>
/// <param name="listHosts">Describes what each host waits for.</param>
/// <param name="listTimers">Describes timers of real time that the test may wait for.</param>
internal sealed class StuckTest(
    TimeSpan limit, Func<IEnumerable<string>> listHosts, Func<IEnumerable<string>> listTimers)
{
    /// <summary>Real time without anything to do before the test counts as stuck.</summary>
    public TimeSpan Limit => limit;

    /// <summary>A set-up (<see cref="VirtualNetwork.SetUpAsync"/>) does not end.</summary>
    public static VirtualNetworkException DescribeSetUp(TimeSpan limit) => new(
        VirtualFailureKind.SetUpTimeLimit,
        $"The set-up has not ended after {limit.TotalSeconds} s of real time. The network's time stands still in "
        + "SetUpAsync: do not wait for virtual time in it.");

    /// <summary>The open connections, and the timers of real time.</summary>
    public VirtualNetworkException Describe()
    {
        var text = new StringBuilder("The test is stuck: nothing runs, no packet is on its way, and no timer of the "
            + "virtual network is set. Something waits for a task that nobody completes, for a timer of real time that "
            + "is still to come, or for something outside of the network, such as a socket of the kernel.");
        var hosts = listHosts().ToArray();
        text.AppendLine().Append(hosts.Length == 0 ? "No connection is open." : "Open connections:");
        foreach (var host in hosts)
            text.AppendLine().Append("  ").Append(host);
        foreach (var timer in listTimers())
            text.AppendLine().Append(timer);
        return new VirtualNetworkException(VirtualFailureKind.Stuck, text.ToString());
    }
}
