namespace UserTcp.Engine.Contract;

/// <summary>
/// Which connections an engine owns when several engines form one host. The owner follows from the four-tuple and the
/// table key alone: engines with the same keys agree without communication, wherever a frame arrives
/// (docs/decisions/0023).
/// </summary>
/// <param name="Index">The engine's number, from 0.</param>
/// <param name="Count">Engines that form this host, 1 to <see cref="MaxCount"/>.</param>
public sealed record EngineShare(int Index, int Count)
{
    /// <summary>The maximum number of engines.</summary>
    public const int MaxCount = 256;

    /// <summary>A single engine, which owns all connections.</summary>
    public static EngineShare Whole { get; } = new(0, 1);

    /// <summary>
    /// The owner of a four-tuple with that hash. Tables use the lower half of its bits, so this uses the upper.
    /// </summary>
    internal int OwnerOf(ulong hash) => (int)(((hash >> 32) * (uint)Count) >> 32);

    /// <summary>This engine's part of a limit for the whole host.</summary>
    internal int PartOf(int limit) => (int)PartOf((long)limit);

    /// <inheritdoc cref="PartOf(int)"/>
    internal long PartOf(long limit) => (limit + Count - 1) / Count;
}
