using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;

namespace UserTcp.Hosting.Tests.Kit;

/// <summary>A device around another one, with a name of its own, that fails when it is told to and remembers what became of it.</summary>
internal sealed class TestDevice(ILinkDevice inner) : ILinkDevice
{
    private static int s_count;

    private volatile Exception? _failure;
    private volatile bool _isDisposed;

    /// <summary>Tells the metrics of one test from those of another.</summary>
    public string Name { get; } = $"test{Interlocked.Increment(ref s_count)}";

    public LinkProperties Properties => inner.Properties;

    public int Opened { get; set; }

    public bool IsDisposed => _isDisposed;

    /// <summary>The cable is cut: what is sent is lost.</summary>
    public bool IsUnplugged { get; set; }

    /// <summary>The device breaks.</summary>
    public void Fail(Exception failure)
    {
        _failure = failure;
        inner.Wake();
    }

    public int Read(Span<byte> buffer) => _failure is { } failure ? throw failure : inner.Read(buffer);

    public bool Write(in Emission frame) => !IsUnplugged && inner.Write(frame);

    public void Wait(TimeSpan timeout) => inner.Wait(timeout);

    public void Wake() => inner.Wake();

    public void Dispose()
    {
        _isDisposed = true;
        inner.Dispose();
    }
}
