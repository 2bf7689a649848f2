namespace UserTcp.Testing.Time;

/// <summary>What a timer of a <see cref="VirtualClock"/> is for.</summary>
internal enum TimerKind
{
    /// <summary>The application's: a test may wait for it.</summary>
    Application,

    /// <summary>The application's, but it repeats for ever and moves nothing by itself: Kestrel's heartbeat.</summary>
    Background,

    /// <summary>An arrival on a wire, and the like: the driver calls it.</summary>
    Driver,

    /// <summary>A host's loop, which may only look at idle connections: the driver calls it.</summary>
    Loop,
}
