namespace UserTcp.Testing;

/// <summary>What a seed repeats.</summary>
public enum VirtualLevel
{
    /// <summary>
    /// Everything: the same seed, binaries and runtime give the same bytes at the same times in the same order. The
    /// process has one pool worker, and the test is asynchronous on the network's time.
    /// </summary>
    Exact,

    /// <summary>
    /// The fates of packets: packet n of a flow is lost, late, twice or damaged in each run, but the program may send
    /// other packets. Any number of threads, which may block.
    /// </summary>
    Fates,
}
