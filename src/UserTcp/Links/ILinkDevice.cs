using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;

namespace UserTcp;

/// <summary>
/// Carries IP packets. Only the loop's thread calls its members, except <see cref="Wake"/>. Capture and impairment are
/// devices that wrap another one and all its <see cref="Queues"/>.
/// </summary>
public interface ILinkDevice : IDisposable
{
    /// <summary>The device's name, for logs and messages.</summary>
    string Name { get; }

    /// <summary>The link's MTU and offloads.</summary>
    LinkProperties Properties { get; }

    /// <summary>
    /// The queues of the link, this one first; by default it is the only one. A stack has an engine and a thread for
    /// each. A frame may arrive at any queue; fastest is the one that the connection's frames were last written to.
    /// Disposing of this one disposes of all.
    /// </summary>
    IReadOnlyList<ILinkDevice> Queues => [this];

    /// <summary>
    /// Reads one frame without waiting; returns its length in bytes, or 0 when there is none. <paramref name="buffer"/>
    /// has <see cref="LinkProperties.MaxFrame"/> bytes or more.
    /// </summary>
    /// <exception cref="IOException">The device is gone or broken: the stack ends.</exception>
    int Read(Span<byte> buffer);

    /// <summary>
    /// Sends one frame without waiting; false when the device does not accept it, which counts as loss on the link.
    /// </summary>
    /// <exception cref="IOException">The device is gone or broken: the stack ends.</exception>
    bool Write(in Emission frame);

    /// <summary>
    /// Sleeps until there is a frame to read, <see cref="Wake"/> is called, or <paramref name="timeout"/> passes;
    /// infinite means no timeout.
    /// </summary>
    void Wait(TimeSpan timeout);

    /// <summary>Ends the current or next <see cref="Wait"/>. Any thread.</summary>
    void Wake();
}
