using System.Net.Sockets;

namespace UserTcp.Cli.Netcat;

/// <summary>One connection of `nc`, from its start to its end.</summary>
/// <param name="input">What is sent.</param>
/// <param name="output">What is received.</param>
/// <param name="interruption">Resets the connection.</param>
/// <param name="endsWithPeer">
/// The peer's FIN ends the session, as nc(1) of OpenBSD has it with -l: an input that stays open would keep it.
/// </param>
internal sealed class NcSession(NcInput input, Stream output, Interruption interruption, bool endsWithPeer)
{
    /// <summary>Copies both ways until both sides have closed; returns the exit code.</summary>
    public async Task<int> RunAsync(UserTcpConnection connection)
    {
        // The abort sends a RST and ends all pending reads and writes.
        using var abort = interruption.Token.UnsafeRegister(
            static aborted => ((UserTcpConnection)aborted!).Abort(), connection);
        using var ended = new CancellationTokenSource();
        using var peerLeft = new CancellationTokenSource();
        var sending = input.SendToAsync(connection, peerLeft.Token, ended.Token);
        try
        {
            await connection.GetStream().CopyToAsync(output);
            await output.FlushAsync();
            if (endsWithPeer)
                await peerLeft.CancelAsync();
            // The peer has closed its side. Ours stays open until the peer has the input, or the connection ends.
            await await Task.WhenAny(sending, connection.WritesClosed);
            await connection.WritesClosed;
            return ExitCode.Success;
        }
        catch (IOException exception) when (!interruption.IsRequested)
        {
            Console.Error.WriteLine(
                $"{CommandTree.Name}: "
                + (exception.InnerException is SocketException inner ? Words(inner) : exception.Message));
            return ExitCode.Failure;
        }
        finally
        {
            await ended.CancelAsync();
            await sending.ContinueWith(
                static _ => { }, CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    /// <summary>A socket error in few words.</summary>
    public static string Words(SocketException exception) => exception.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => "connection refused",
        SocketError.ConnectionReset => "connection reset by the peer",
        SocketError.TimedOut => "no answer",
        SocketError.HostNotFound => "no such host",
        SocketError.HostUnreachable or SocketError.NetworkUnreachable => "no route",
        _ => exception.Message,
    };
}
