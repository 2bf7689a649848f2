using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using UserTcp.Cli.Services;

namespace UserTcp.Cli.Tests.Kit;

/// <summary>What a service has logged.</summary>
internal sealed class LogLines : ILogger<ListeningService>
{
    private readonly ConcurrentQueue<(LogLevel Level, string Line)> _lines = new();

    public IReadOnlyCollection<(LogLevel Level, string Line)> Lines => _lines;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue((logLevel, formatter(state, exception) + exception));
}
