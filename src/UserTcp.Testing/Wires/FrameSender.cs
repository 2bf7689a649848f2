namespace UserTcp.Testing.Wires;

/// <summary>Takes a frame that a host sends.</summary>
internal delegate void FrameSender(ReadOnlySpan<byte> frame);
