namespace UserTcp;

/// <summary>A frame as the flight recorder kept it: its IP and TCP headers, without data.</summary>
/// <param name="Time">When it was read from the device, or written to it.</param>
/// <param name="IsOutbound">True for a frame of ours.</param>
/// <param name="Length">Bytes of the whole frame.</param>
/// <param name="Headers">The first bytes of it.</param>
public sealed record RecordedFrame(DateTimeOffset Time, bool IsOutbound, int Length, ReadOnlyMemory<byte> Headers);
