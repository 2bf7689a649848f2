using Microsoft.Extensions.Logging;

namespace UserTcp.AspNetCore;

/// <summary>What the transport logs, with the event ids and words of Kestrel's transport over sockets.</summary>
internal static partial class TransportLog
{
    /// <summary>The category of all messages.</summary>
    public const string Category = "UserTcp.AspNetCore.Transport";

    [LoggerMessage(
        6, LogLevel.Debug, "Connection id \"{ConnectionId}\" received FIN.", EventName = "ConnectionReadFin")]
    public static partial void ConnectionReadFin(this ILogger logger, string connectionId);

    [LoggerMessage(
        7, LogLevel.Debug, "Connection id \"{ConnectionId}\" sending FIN.", EventName = "ConnectionWriteFin")]
    public static partial void ConnectionWriteFin(this ILogger logger, string connectionId);

    [LoggerMessage(
        8, LogLevel.Debug, "Connection id \"{ConnectionId}\" sending RST because: \"{Reason}\"",
        EventName = "ConnectionWriteRst")]
    public static partial void ConnectionWriteRst(this ILogger logger, string connectionId, string reason);

    [LoggerMessage(
        14, LogLevel.Debug, "Connection id \"{ConnectionId}\" communication error.", EventName = "ConnectionError")]
    public static partial void ConnectionError(this ILogger logger, Exception exception, string connectionId);

    [LoggerMessage(19, LogLevel.Debug, "Connection id \"{ConnectionId}\" reset.", EventName = "ConnectionReset")]
    public static partial void ConnectionReset(this ILogger logger, string connectionId);

    [LoggerMessage(
        101, LogLevel.Information,
        "{EndPoint} is no address of the stack ({Addresses}): the kernel serves it. For the stack use its address, or "
        + "set UserTcp:ClaimWildcards.",
        EventName = "EndPointNotClaimed")]
    public static partial void EndPointNotClaimed(this ILogger logger, string endPoint, string addresses);
}
