namespace UserTcp.Engine.State;

/// <summary>Where a test may inject a fault.</summary>
internal enum FaultPoint
{
    /// <summary>Before the segment of a connection is handled.</summary>
    SegmentArrives,

    /// <summary>SND.UNA has advanced, and loss recovery has not handled the ACK yet.</summary>
    AckTaken,

    /// <summary>Data is in the receive queue, RCV.NXT has not been advanced.</summary>
    DataQueued,

    /// <summary>Before an expired timer of a connection is handled.</summary>
    TimerExpires,

    /// <summary>A segment has been built, and the timer queue has not been updated yet.</summary>
    SegmentBuilt,

    /// <summary>At the start of a user call.</summary>
    UserCall,

    /// <summary>The IP header of a frame is valid, and its connection is not known yet.</summary>
    FrameParsed,
}

/// <summary>Injects faults in tests: throws at the points that it chooses. In production there is none.</summary>
internal interface IFaultInjector
{
    /// <summary>The engine is at that point; <paramref name="handling"/> is the connection that it handles.</summary>
    void At(FaultPoint point, Tcb? handling);
}
