using UserTcp.Testing.Tls;

namespace UserTcp.Testing.Running;

/// <summary>What a process needs for tests that repeat exactly.</summary>
internal static class ExactProcess
{
    private static bool HasNoEvents =>
        AppContext.TryGetSwitch("System.Diagnostics.Tracing.EventSource.IsSupported", out var isSupported)
        && !isSupported;

    /// <summary>
    /// Sets what a process may still set, and refuses a level that it cannot keep.
    /// </summary>
    /// <exception cref="VirtualNetworkException">The pool has more than one worker.</exception>
    public static void Require(VirtualNetworkOptions options)
    {
        // The sizes of HTTP/2's windows follow from a real clock otherwise.
        AppContext.SetSwitch("System.Net.SocketsHttpHandler.Http2FlowControl.DisableDynamicWindowSizing", true);
        // A connection that no request waits for any more may take its time: the limit is of real time.
        AppContext.SetData(
            "System.Net.SocketsHttpHandler.PendingConnectionTimeoutOnRequestCompletion", Timeout.Infinite);
        if (options.SeedsOpenSsl)
        {
            SeededOpenSsl.Install(options.Seed);
            VirtualCertificates.CreateAuthorityOnce();
            // Each run begins with the same numbers, also when the authority is there already.
            SeededOpenSsl.Install(options.Seed);
        }

        if (options is { Level: VirtualLevel.Exact, DetectRealTimers: true } && HasNoEvents)
        {
            throw new VirtualNetworkException(
                VirtualFailureKind.Configuration,
                "Timers of real time are found by the runtime's events, which this project switches off. Remove "
                + "<EventSourceSupport>false</EventSourceSupport>, or set DetectRealTimers to false.");
        }

        if (options.Level == VirtualLevel.Exact && !WorkerDriver.HasOneWorker)
        {
            throw new VirtualNetworkException(
                VirtualFailureKind.Configuration,
                "VirtualLevel.Exact needs a process whose thread pool has one worker. Write into the test project:\n"
                + "  <ThreadPoolMinThreads>1</ThreadPoolMinThreads>\n  <ThreadPoolMaxThreads>1</ThreadPoolMaxThreads>\n"
                + "or call VirtualNetwork.UseOneWorker() before the first test, or ask for VirtualLevel.Fates.");
        }
    }
}
