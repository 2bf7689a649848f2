namespace UserTcp.Engine.State;

/// <summary>Where a test may plant a fault.</summary>
internal enum FaultPoint
{
    /// <summary>Before the segment of a connection is handled.</summary>
    SegmentArrives,

    /// <summary>SND.UNA has been advanced, the loss recovery has not heard of it.</summary>
    AckTaken,

    /// <summary>Data is in the receive queue, RCV.NXT has not been advanced.</summary>
    DataQueued,

    /// <summary>Before an expired timer of a connection is acted on.</summary>
    TimerExpires,

    /// <summary>A segment has been built, and its timers are not in the queue yet.</summary>
    SegmentBuilt,

    /// <summary>At the start of a user call.</summary>
    UserCall,

    /// <summary>A frame that has an IP header, before anything is known about its connection.</summary>
    FrameParsed,
}

/// <summary>Plants faults, for tests: throws at the points that it chooses. In production there is none, and nothing is asked.</summary>
internal interface IFaultInjector
{
    /// <summary>The engine is at that point; <paramref name="handling"/> is the connection that it handles.</summary>
    void At(FaultPoint point, Tcb? handling);
}
