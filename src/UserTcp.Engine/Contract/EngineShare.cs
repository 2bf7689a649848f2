namespace UserTcp.Engine.Contract;

/// <summary>
/// Which connections an engine has when several engines are one host. Whose a connection is follows from its four-tuple and the key of
/// the tables alone: engines with the same keys agree without asking each other, whatever way a frame has come (docs/decisions/0023).
/// </summary>
/// <param name="Index">The engine's number, from 0.</param>
/// <param name="Count">Engines that are this host, 1 to <see cref="MaxCount"/>.</param>
public sealed record EngineShare(int Index, int Count)
{
    /// <summary>Engines at most.</summary>
    public const int MaxCount = 256;

    /// <summary>One engine has all connections.</summary>
    public static EngineShare Whole { get; } = new(0, 1);

    /// <summary>The owner of a tuple with that hash. Tables take the lower half of its bits, so this takes the upper.</summary>
    internal int OwnerOf(ulong hash) => (int)(((hash >> 32) * (uint)Count) >> 32);

    /// <summary>This engine's part of a limit that holds for all together.</summary>
    internal int PartOf(int limit) => (int)PartOf((long)limit);

    /// <inheritdoc cref="PartOf(int)"/>
    internal long PartOf(long limit) => (limit + Count - 1) / Count;
}
