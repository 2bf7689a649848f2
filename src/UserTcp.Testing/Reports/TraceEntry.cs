namespace UserTcp.Testing.Reports;

/// <summary>Something that happened: a packet or something in words.</summary>
/// <param name="Ticks">The virtual time since the start, in ticks of 100 ns.</param>
/// <param name="Frame">The whole packet; null for words.</param>
/// <param name="Words">What happened, in words; null for a packet.</param>
internal readonly record struct TraceEntry(long Ticks, byte[]? Frame, string? Words);
