using System.Buffers;

namespace UserTcp.Engine.Contract;

/// <summary>
/// Creates the objects of a <see cref="CongestionControl"/>, one for each connection. The built-in ones have theirs;
/// <see cref="EngineOptions.UseCongestionControl"/> and <see cref="ConnectionOptions.CustomCongestionControl"/> use one
/// of your own.
/// </summary>
public sealed class CongestionControlFactory
{
    private const int MaxNameLength = 32;

    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    private readonly Func<ulong, CongestionControl> _create;

    /// <summary>Names a congestion control and says how to create it.</summary>
    /// <param name="name">
    /// What <see cref="ConnectionSnapshot.CongestionControl"/> and <c>usertcp ss</c> show: 1 to 32 lower-case ASCII
    /// letters, digits and hyphens.
    /// </param>
    /// <param name="create">
    /// Returns a new object for a connection, with its first data. The argument seeds randomness: a secret number of
    /// the connection's own. The stack calls it on its loops, which may be several threads at once.
    /// </param>
    /// <exception cref="ArgumentException">The name is not valid; the message says why.</exception>
    public CongestionControlFactory(string name, Func<ulong, CongestionControl> create)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(create);
        if (name.Length > MaxNameLength || name.AsSpan().ContainsAnyExcept(NameCharacters))
        {
            throw new ArgumentException(
                $"The name '{name}' of a congestion control is not valid: use 1 to {MaxNameLength} lower-case ASCII "
                + "letters, digits and hyphens.",
                nameof(name));
        }

        Name = name;
        _create = create;
    }

    /// <summary>The name of the congestion control.</summary>
    public string Name { get; }

    /// <summary>Creates the object of one connection.</summary>
    /// <exception cref="InvalidOperationException">The function has returned null.</exception>
    internal CongestionControl Create(ulong seed) =>
        _create(seed)
        ?? throw new InvalidOperationException($"The factory of the congestion control '{Name}' has returned null.");
}
