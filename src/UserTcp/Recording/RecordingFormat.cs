namespace UserTcp.Recording;

/// <summary>
/// The file of a recording: <see cref="Magic"/>, the length of the header in four bytes (little endian), the header
/// (<see cref="RecordingHeader"/>, JSON), and entries. An entry is its length as a varint, a byte with its
/// <see cref="EntryKind"/>, the number of its loop as a varint, its fields, and with <see cref="HasOutcome"/> what
/// happened in it: event numbers and times, and the rents that failed. Times are differences to the last one of the
/// loop, in ticks of 100 ns. The bytes behind the last whole entry are ignored: the writer may have been killed.
/// </summary>
internal static class RecordingFormat
{
    /// <summary>The number of this format, in the header.</summary>
    public const int Version = 1;

    /// <summary>Bit of the kind's byte: an outcome follows the fields.</summary>
    public const byte HasOutcome = 0x80;

    /// <summary>Max bytes of the header.</summary>
    public const int MaxHeader = 1 << 20;

    /// <summary>Max bytes of an entry: more than a send buffer of the largest size.</summary>
    public const int MaxEntry = 1 << 30;

    /// <summary>Max different options of connections that a loop remembers.</summary>
    public const int MaxOptions = 256;

    /// <summary>The shape of a block: standard or large memory, or a view, with two flags.</summary>
    public const int StandardBlock = 0;

    /// <inheritdoc cref="StandardBlock"/>
    public const int LargeBlock = 1;

    /// <inheritdoc cref="StandardBlock"/>
    public const int ViewBlock = 2;

    /// <inheritdoc cref="StandardBlock"/>
    public const int ShapeMask = 3;

    /// <inheritdoc cref="StandardBlock"/>
    public const int LentBlock = 4;

    /// <inheritdoc cref="StandardBlock"/>
    public const int LoopedBlock = 8;

    /// <summary>The first bytes of the file.</summary>
    public static ReadOnlySpan<byte> Magic => "usertcp\u0000"u8;
}
