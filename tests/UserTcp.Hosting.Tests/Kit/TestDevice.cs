using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;

namespace UserTcp.Hosting.Tests.Kit;

/// <summary>A device around another one, with a unique name. Fails on request, and records its disposal.</summary>
internal sealed class TestDevice(ILinkDevice inner) : ILinkDevice
{
    private static int s_count;

    private volatile Exception? _failure;
    private volatile bool _isDisposed;

    /// <summary>Unique, so that each test finds its own metrics.</summary>
    public string Name { get; } = $"test{Interlocked.Increment(ref s_count)}";

    public LinkProperties Properties => inner.Properties;

    public int Opened { get; set; }

    public bool IsDisposed => _isDisposed;

    /// <summary>True loses every frame that is sent.</summary>
    public bool IsUnplugged { get; set; }

    /// <summary>Makes the device fail.</summary>
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
