using UserTcp.Differential.Scripts;
using UserTcp.Wire;

namespace UserTcp.Differential.Stacks;

/// <summary>
/// A stack with the sockets of one user and a link to the test. Results of calls are those of Linux: 0 or more, or a
/// negative error number. No call blocks.
/// </summary>
internal interface IStackUnderTest : IDisposable
{
    /// <summary>
    /// Makes sockets for a new connection; returns its addresses and ports, with the stack as the local side.
    /// </summary>
    FourTuple Begin(Script script);

    /// <summary>Closes the sockets and ends the connection.</summary>
    void End();

    long Listen();

    long Unlisten();

    long Connect();

    long Accept();

    long Send(ReadOnlySpan<byte> octets);

    long Receive(Span<byte> octets);

    long Shutdown();

    long Close(bool abort);

    long SetNoDelay();

    /// <summary>Enables keep-alive after a second of silence.</summary>
    long SetKeepAlive();

    /// <summary>The state that the user's socket shows, in Linux's numbering; null without a socket.</summary>
    int? State();

    /// <summary>Injects a frame from the peer.</summary>
    void Inject(ReadOnlySpan<byte> frame);

    /// <summary>Waits until there is a frame to collect, up to a maximum.</summary>
    void Wait(TimeSpan max);

    /// <summary>Returns all frames that the stack has sent.</summary>
    void Collect(List<byte[]> frames);
}
