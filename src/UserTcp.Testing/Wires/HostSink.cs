namespace UserTcp.Testing.Wires;

/// <summary>Where a host's frames arrive: at the interface that it has now, if it is up.</summary>
internal sealed class HostSink : IFrameSink
{
    /// <summary>The host.</summary>
    public VirtualHost? Host { get; set; }

    /// <inheritdoc/>
    public void Accept(ReadOnlySpan<byte> frame) => Host?.Accept(frame);
}
