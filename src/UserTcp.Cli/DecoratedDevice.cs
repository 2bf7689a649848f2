using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;

namespace UserTcp.Cli;

/// <summary>A queue of a device that passes everything on; a subclass adds what it does at a read or a write.</summary>
internal abstract class DecoratedDevice(ILinkDevice inner) : ILinkDevice
{
    public string Name => inner.Name;

    public LinkProperties Properties => inner.Properties;

    public virtual IReadOnlyList<ILinkDevice> Queues => [this];

    public virtual int Read(Span<byte> buffer) => inner.Read(buffer);

    public virtual bool Write(in Emission frame) => inner.Write(frame);

    public virtual void Wait(TimeSpan timeout) => inner.Wait(timeout);

    public void Wake() => inner.Wake();

    public void Dispose() => inner.Dispose();
}
