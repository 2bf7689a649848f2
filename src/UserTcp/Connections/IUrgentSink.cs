namespace UserTcp.Connections;

/// <summary>Receives notifications of urgent data.</summary>
internal interface IUrgentSink
{
    /// <summary>The peer has sent urgent data, or more of it; on the loop's thread.</summary>
    void RaiseUrgent();
}
