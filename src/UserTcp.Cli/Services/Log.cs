using System.Net;
using Microsoft.Extensions.Logging;

namespace UserTcp.Cli.Services;

/// <summary>The log messages of the command.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "{Service} accepts no more connections: {Reason}")]
    public static partial void StoppedAccepting(this ILogger logger, string service, string reason);

    [LoggerMessage(2, LogLevel.Information, "{Service}: connection of {Peer} ended: {Reason}")]
    public static partial void ConnectionEnded(this ILogger logger, string service, IPEndPoint peer, string reason);

    [LoggerMessage(3, LogLevel.Information, "{Service}: connection of {Peer} reset: too many are open")]
    public static partial void TooManyConnections(this ILogger logger, string service, IPEndPoint peer);

    [LoggerMessage(4, LogLevel.Error, "{Service}: connection of {Peer} reset: its handler failed")]
    public static partial void HandlerFailed(this ILogger logger, string service, IPEndPoint peer, Exception exception);

    [LoggerMessage(
        5, LogLevel.Warning,
        "The service manager gets no notices: NOTIFY_SOCKET {Path} cannot be reached ({Reason}); the stack goes on")]
    public static partial void NotNotified(this ILogger logger, string? path, string reason);

    [LoggerMessage(6, LogLevel.Information, "{Service} receives no more datagrams: {Reason}")]
    public static partial void StoppedReceiving(this ILogger logger, string service, string reason);
}
