namespace UserTcp.Testing.Faults;

/// <summary>See <see cref="VirtualVerdict"/>.</summary>
internal enum VerdictKind
{
    Pass, Drop, Duplicate, Corrupt, Hold, Delay, Crash, Kill,
}
