using UserTcp.Differential.Scripts;
using UserTcp.Wire;

namespace UserTcp.Differential.Stacks;

/// <summary>
/// A stack with the sockets of one user and a link whose other end is ours. Results of calls are Linux's: a number from 0 on, or an
/// error number below it. No call waits.
/// </summary>
internal interface IStackUnderTest : IDisposable
{
    /// <summary>Makes sockets for a new connection, and names its addresses and ports: local is the stack's.</summary>
    FourTuple Begin(Script script);

    /// <summary>Lets go of the sockets and whatever is left of the connection.</summary>
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

    /// <summary>Asks after the peer when it has been silent for a second.</summary>
    long SetKeepAlive();

    /// <summary>TCP's state as the user's socket shows it, in Linux's numbering; null without a socket.</summary>
    int? State();

    /// <summary>A frame from the peer.</summary>
    void Inject(ReadOnlySpan<byte> frame);

    /// <summary>Lets time pass until there is something to collect, but not more than this.</summary>
    void Wait(TimeSpan most);

    /// <summary>All that the stack sends because of what has happened so far.</summary>
    void Collect(List<byte[]> frames);
}
