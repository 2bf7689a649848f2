namespace UserTcp.Capture;

/// <summary>The form in which events are printed.</summary>
public enum EventForm
{
    /// <summary>A line for each event (<see cref="EventLine"/>).</summary>
    Lines,

    /// <summary>The ladders of the connections (<see cref="LiveLadder"/>).</summary>
    Ladder,

    /// <summary>A JSON object for each event, on a line of its own (<see cref="EventJson"/>).</summary>
    Json,

    /// <summary>A JSON text sequence (RFC 7464) with qlog's names (<see cref="EventSequence"/>).</summary>
    JsonSequence,
}
