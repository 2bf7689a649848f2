namespace UserTcp.Testing;

/// <summary>
/// A test on a virtual network has failed, or is not one that a seed repeats: the message says why, with the seed, the
/// faults and what happened on the network. <see cref="Exception.InnerException"/> is the test's own exception.
/// </summary>
public sealed class VirtualNetworkException : Exception
{
    /// <summary>An exception with a message.</summary>
    public VirtualNetworkException(VirtualFailureKind kind, string message, Exception? innerException = null)
        : base(message, innerException) =>
        Kind = kind;

    /// <summary>Why the test has failed.</summary>
    public VirtualFailureKind Kind { get; }
}
