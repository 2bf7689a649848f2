namespace UserTcp.Capture.Pictures;

/// <summary>The direction of data.</summary>
public enum DataDirection
{
    /// <summary>From us to the peer.</summary>
    Out,

    /// <summary>From the peer to us.</summary>
    In,
}

/// <summary>How a <see cref="TimeSequencePicture"/> looks.</summary>
public sealed record TimeSequenceOptions
{
    /// <summary>Min of <see cref="Width"/>.</summary>
    public const int MinWidth = LadderPictureOptions.MinWidth;

    /// <summary>Max of <see cref="Width"/>.</summary>
    public const int MaxWidth = LadderPictureOptions.MaxWidth;

    /// <summary>The width in pixels.</summary>
    public int Width { get; init; } = 1000;

    /// <summary>Whose data it shows.</summary>
    public DataDirection Direction { get; init; }

    /// <summary>Max events that are drawn. The others are counted.</summary>
    public int MaxEvents { get; init; } = 50_000;

    /// <summary>The title; null for the addresses.</summary>
    public string? Title { get; init; }
}
