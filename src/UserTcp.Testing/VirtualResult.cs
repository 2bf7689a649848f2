using UserTcp.Testing.Reports;

namespace UserTcp.Testing;

/// <summary>How a test on a virtual network has ended.</summary>
public sealed class VirtualResult
{
    private readonly VirtualNetwork _network;

    internal VirtualResult(
        VirtualNetworkOptions options, VirtualNetwork network, Exception? error, IReadOnlyList<string> findings)
    {
        (Options, Error, Findings, _network) = (options, error, findings, network);
        (Trace, Elapsed, Strikes) = (network.Trace, network.TestElapsed ?? network.Elapsed, network.Strikes);
        (Struck, Drops) = (network.Struck, network.Drops);
        if (error is null)
            return;
        Capture = FailureCapture.TryWrite(network, options);
        Report = FailureReport.Write(network, options, error, findings, Capture);
    }

    /// <summary>The options, with the seed.</summary>
    public VirtualNetworkOptions Options { get; }

    /// <summary>Why it has failed; null when it has passed.</summary>
    public Exception? Error { get; }

    /// <summary>The virtual time that it took.</summary>
    public TimeSpan Elapsed { get; }

    /// <summary>What happened.</summary>
    public VirtualTrace Trace { get; }

    /// <summary>The faults that struck, in order.</summary>
    public IReadOnlyList<VirtualStrike> Strikes { get; }

    /// <summary>Packets that the network dropped for another reason than a fault, in order.</summary>
    public IReadOnlyList<VirtualDrop> Drops { get; }

    /// <summary>Why another run with the same seed may be different; empty when the run was exact.</summary>
    public IReadOnlyList<string> Findings { get; }

    /// <summary>
    /// The failure in words: the error, the seed, the faults, and the ladder of the connection in trouble; null when
    /// it has passed.
    /// </summary>
    public string? Report { get; }

    /// <summary>
    /// The pcapng file with the packets of a failure, in <see cref="VirtualNetworkOptions.Captures"/>; null when there
    /// is none.
    /// </summary>
    public string? Capture { get; }

    /// <summary>The faults one by one, for a shrinker.</summary>
    internal VirtualFaultList Struck { get; }

    /// <summary>As this run, but failed.</summary>
    internal VirtualResult Fail(string message) =>
        new(Options, _network, new VirtualNetworkException(VirtualFailureKind.RunsDiffer, message), Findings);

    /// <summary>Throws when the test has failed.</summary>
    /// <exception cref="VirtualNetworkException">The report, with the test's own exception inside.</exception>
    public void ThrowIfFailed()
    {
        if (Error is VirtualNetworkException known)
            throw new VirtualNetworkException(known.Kind, Report!, known.InnerException);
        if (Error is not null)
            throw new VirtualNetworkException(VirtualFailureKind.TestThrew, Report!, Error);
    }
}
