using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;

namespace UserTcp.Tests.Api.Kit;

/// <summary>A device around another one, like capture and impairment. Counts frames, and fails on request.</summary>
internal sealed class DecoratedDevice(ILinkDevice inner) : ILinkDevice
{
    private int _framesRead;
    private int _framesWritten;

    public Exception? FailRead { get; set; }

    public Exception? FailWrite { get; set; }

    public Exception? FailWait { get; set; }

    public Exception? FailDispose { get; set; }

    public Func<int, bool> Loses { get; set; } = _ => false;

    public int FramesRead => Volatile.Read(ref _framesRead);

    public int FramesWritten => Volatile.Read(ref _framesWritten);

    public bool IsDisposed { get; private set; }

    public string Name => "decorated";

    public LinkProperties Properties => inner.Properties;

    /// <summary>This one, and the other queues of the inner device.</summary>
    public IReadOnlyList<ILinkDevice> Queues => [this, .. inner.Queues.Skip(1)];

    public int Read(Span<byte> buffer)
    {
        Throw(FailRead);
        var length = inner.Read(buffer);
        if (length > 0)
            Interlocked.Increment(ref _framesRead);
        return length;
    }

    public bool Write(in Emission frame)
    {
        Throw(FailWrite);
        Span<byte> copy = new byte[frame.Length];
        return !Loses(Interlocked.Increment(ref _framesWritten))
            && inner.Write(new Emission(copy[..frame.CopyTo(copy)]));
    }

    public void Wait(TimeSpan timeout)
    {
        Throw(FailWait);
        inner.Wait(timeout);
    }

    public void Wake() => inner.Wake();

    public void Dispose()
    {
        IsDisposed = true;
        inner.Dispose();
        Throw(FailDispose);
    }

    private static void Throw(Exception? exception)
    {
        if (exception is not null)
            throw exception;
    }
}
