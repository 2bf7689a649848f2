using UserTcp.Capture.Explaining;

namespace UserTcp.Capture.Pictures;

/// <summary>How a <see cref="LadderPicture"/> looks.</summary>
public sealed record LadderPictureOptions
{
    /// <summary>Min of <see cref="Width"/>.</summary>
    public const int MinWidth = 320;

    /// <summary>Max of <see cref="Width"/>.</summary>
    public const int MaxWidth = 4000;

    /// <summary>The width in pixels. Below 700 the states are between the lifelines, and lines are broken.</summary>
    public int Width { get; init; } = 1000;

    /// <summary>Max rows. What is beyond them is counted at the end.</summary>
    public int MaxRows { get; init; } = 300;

    /// <summary>Shows the calls of the application, and the timers that expired.</summary>
    public bool ShowsCauses { get; init; } = true;

    /// <summary>Shows the variables that each event changed.</summary>
    public bool ShowsChanges { get; init; }

    /// <summary>The language of the reasons.</summary>
    public Language Language { get; init; }

    /// <summary>The title; null for the addresses.</summary>
    public string? Title { get; init; }
}
