namespace UserTcp.Testing.Detection;

/// <summary>
/// Finds calls into the network from threads that are not the pool's worker: their order is the scheduler's. Called
/// whenever a loop is woken or a timer set.
/// </summary>
/// <param name="findings">What was found.</param>
/// <param name="isSettingUp">True while a thread of the test's own may use the network.</param>
internal sealed class ForeignThreads(Findings findings, Func<bool> isSettingUp)
{
    /// <summary>Looks at the calling thread.</summary>
    public void Check()
    {
        if (Thread.CurrentThread.IsThreadPoolThread || isSettingUp())
            return;
        var thread = Thread.CurrentThread.Name is { } name ? $"the thread \"{name}\"" : "a thread without a name";
        findings.Add(
            $"The network was used from {thread}, {UserLine.FindHere() ?? "in a library"}: when it runs depends on the "
            + "machine. Use Task.Run and await in place of threads, or ask for VirtualLevel.Fates.");
    }
}
