using UserTcp.Engine;
using UserTcp.Engine.Output;

namespace UserTcp;

/// <summary>
/// Carries IP packets. One thread, the loop's, calls everything but <see cref="Wake"/>. Capture and impairment are devices
/// that wrap another one, and all the <see cref="Queues"/> that it has.
/// </summary>
public interface ILinkDevice : IDisposable
{
    /// <summary>The device's name, for people.</summary>
    string Name { get; }

    /// <summary>What the engine has to know of the link.</summary>
    LinkProperties Properties { get; }

    /// <summary>
    /// The queues of the link, this one first, which is the only one as a rule. A stack has an engine and a thread for each. A frame may
    /// arrive at any of them, and is best off at the one that the connection's frames were last written to. Disposing of this one
    /// disposes of all.
    /// </summary>
    IReadOnlyList<ILinkDevice> Queues => [this];

    /// <summary>
    /// Reads one frame without waiting; returns its octets, or 0 when there is none now. <paramref name="buffer"/> has at least
    /// <see cref="LinkProperties.MaxFrame"/> octets.
    /// </summary>
    /// <exception cref="IOException">The device is gone or broken: the stack ends.</exception>
    int Read(Span<byte> buffer);

    /// <summary>Sends one frame without waiting; false when the device does not take it now, which counts as loss on the link.</summary>
    /// <exception cref="IOException">The device is gone or broken: the stack ends.</exception>
    bool Write(in Emission frame);

    /// <summary>Sleeps until a frame can be read, <see cref="Wake"/> is called, or <paramref name="timeout"/> passes; infinite means no timeout.</summary>
    void Wait(TimeSpan timeout);

    /// <summary>Ends the current or next <see cref="Wait"/>. Any thread.</summary>
    void Wake();
}
