namespace UserTcp;

/// <summary>
/// What a framework with exception types of its own makes of the end of a connection's input
/// (<see cref="UserTcpConnection.OpenInput"/>).
/// </summary>
public interface IUserTcpInputEnd
{
    /// <summary>The peer's FIN has been read. Called once.</summary>
    void OnFin();

    /// <summary>The exception that a read throws in place of <paramref name="error"/>.</summary>
    Exception Translate(IOException error);
}
