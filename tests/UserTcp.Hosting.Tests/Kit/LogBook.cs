using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace UserTcp.Hosting.Tests.Kit;

/// <summary>Keeps log messages.</summary>
internal sealed class LogBook : ILoggerProvider
{
    private readonly ConcurrentQueue<LogEntry> _entries = new();

    public IReadOnlyCollection<LogEntry> Entries => _entries;

    /// <summary>Messages of this project's own categories, oldest first.</summary>
    public IEnumerable<string> Own =>
        _entries.Where(entry => entry.Category.StartsWith("UserTcp", StringComparison.Ordinal))
            .Select(entry => $"{entry.Level}: {entry.Message}");

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class Logger(LogBook book, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) =>
            book._entries.Enqueue(
                new LogEntry(category, logLevel, eventId.Name, formatter(state, exception), exception));
    }
}

internal sealed record LogEntry(
    string Category, LogLevel Level, string? Name, string Message, Exception? Exception);
