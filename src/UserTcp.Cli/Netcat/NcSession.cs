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
    private const int BufferLength = 64 * 1024;

    /// <summary>Copies both ways until both sides have closed; returns the exit code.</summary>
    public async Task<int> RunAsync(INcConnection connection)
    {
        // The abort sends a RST and ends all pending reads and writes.
        using var abort = interruption.Token.UnsafeRegister(
            static aborted => ((INcConnection)aborted!).Abort(), connection);
        using var ended = new CancellationTokenSource();
        using var peerLeft = new CancellationTokenSource();
        var sending = input.SendToAsync(connection, peerLeft.Token, ended.Token);
        try
        {
            var buffer = new byte[BufferLength];
            int length;
            while ((length = await connection.ReadAsync(buffer, CancellationToken.None)) > 0)
                await output.WriteAsync(buffer.AsMemory(0, length));
            await output.FlushAsync();
            if (endsWithPeer)
                await peerLeft.CancelAsync();
            // The peer has closed its side. Ours stays open until the peer has the input, or the connection ends.
            await await Task.WhenAny(sending, connection.WritesClosed);
            await connection.WritesClosed;
            return ExitCode.Success;
        }
        catch (Exception exception) when (exception is NcFailure or IOException && !interruption.IsRequested)
        {
            Console.Error.WriteLine($"{CommandTree.Name}: {exception.Message}");
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
}
