using System.Runtime.InteropServices;

namespace UserTcp.Cli;

/// <summary>
/// Turns the first SIGINT or SIGTERM into a cancellation, for commands that clean up first. A second signal ends the
/// process at once.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private const int SignalBase = 128;

    private readonly CancellationTokenSource _source;
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _terminate;

    public Interruption(CancellationToken cancellationToken)
    {
        _source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Request(context, number: 2));
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Request(context, number: 15));
    }

    public CancellationToken Token => _source.Token;

    public bool IsRequested => _source.IsCancellationRequested;

    /// <summary>128 plus the signal's number, as a shell shows it.</summary>
    public int ExitCode { get; private set; } = Cli.ExitCode.Failure;

    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
        _source.Dispose();
    }

    private void Request(PosixSignalContext context, int number)
    {
        if (IsRequested)
            return;
        context.Cancel = true;
        ExitCode = SignalBase + number;
        _source.Cancel();
    }
}
