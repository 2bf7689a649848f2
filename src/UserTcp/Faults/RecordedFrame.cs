namespace UserTcp;

/// <summary>A frame in the flight recorder: its IP and TCP headers, without data.</summary>
/// <param name="Time">When it was read from the device, or written to it.</param>
/// <param name="IsOutbound">True for a frame that the stack sent.</param>
/// <param name="Length">Bytes of the whole frame.</param>
/// <param name="Headers">The frame's first bytes.</param>
public sealed record RecordedFrame(DateTimeOffset Time, bool IsOutbound, int Length, ReadOnlyMemory<byte> Headers);
