namespace UserTcp.Cli.Services;

/// <summary>
/// A connection that a service has accepted, with the time that its peer has to send what is expected.
/// </summary>
internal sealed class ServedConnection(ConnectionGate gate, UserTcpConnection connection)
{
    private const int NoLimit = int.MaxValue;

    private int _until = NoLimit;

    public UserTcpConnection Connection => connection;

    /// <summary>The time for <see cref="ReadUntil"/> at which so many seconds or more have passed.</summary>
    public int After(int seconds) => gate.Now + 1 + seconds;

    /// <summary>
    /// From that time on a pending read of <see cref="UserTcpConnection.Transport"/>, or the next one, is cancelled.
    /// </summary>
    public void ReadUntil(int time) => Volatile.Write(ref _until, time);

    /// <summary>The peer may take its time: nothing is expected of it.</summary>
    public void Rest() => Volatile.Write(ref _until, NoLimit);

    /// <summary>Whether the peer's time is over; the gate's clock says what time it is.</summary>
    public bool IsOverdue(int now) => Volatile.Read(ref _until) <= now;

    /// <summary>Cancels the read, once.</summary>
    public void EndRead()
    {
        Rest();
        connection.Transport.Input.CancelPendingRead();
    }
}
