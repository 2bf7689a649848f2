namespace UserTcp.Testing.Wires;

/// <summary>Where frames arrive: a host's device or a switch.</summary>
internal interface IFrameSink
{
    /// <summary>A frame has arrived; it must be copied to be kept.</summary>
    void Accept(ReadOnlySpan<byte> frame);
}
