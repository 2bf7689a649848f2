using Microsoft.Extensions.Logging;

namespace UserTcp.Hosting;

/// <summary>Every message this assembly logs.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Stack up on {Device}: {Addresses}, MTU {Mtu}")]
    public static partial void Started(this ILogger logger, string device, string addresses, int mtu);

    [LoggerMessage(2, LogLevel.Information, "Stack on {Device} stopped")]
    public static partial void Stopped(this ILogger logger, string device);

    [LoggerMessage(3, LogLevel.Critical, "Stack on {Device} failed; the host stops")]
    public static partial void Failed(this ILogger logger, Exception exception, string device);

    [LoggerMessage(4, LogLevel.Error, "The capture to {File} has failed and ended; the stack goes on")]
    public static partial void CaptureFailed(this ILogger logger, Exception exception, string file);

    [LoggerMessage(9, LogLevel.Error, "The recording to {File} has ended: {Reason}; the stack goes on")]
    public static partial void RecordingEnded(this ILogger logger, string reason, string file);

    [LoggerMessage(
        10, LogLevel.Warning,
        "The capture to {File} has the TLS keys that this process writes to {KeyLog}: keep it secret")]
    public static partial void CaptureHasKeys(this ILogger logger, string file, string keyLog);

    [LoggerMessage(5, LogLevel.Error, "The observer has failed and is no longer called; the stack goes on")]
    public static partial void ObserverFailed(this ILogger logger, Exception exception);

    [LoggerMessage(
        6, LogLevel.Error,
        "The stack had a fault in {Site} with the connection {Connection}, and has reset it; the others go on. Its "
        + "last frames: {Capture}")]
    public static partial void ConnectionFault(
        this ILogger logger, Exception exception, string site, string connection, string capture);

    [LoggerMessage(
        7, LogLevel.Error,
        "The stack had a fault in {Site} with a frame of no connection, and has dropped it. The "
        + "last frames: {Capture}")]
    public static partial void FrameFault(this ILogger logger, Exception exception, string site, string capture);

    [LoggerMessage(8, LogLevel.Warning, "The stack had the fault {Fault} in {Site} {Count} times")]
    public static partial void FaultCount(this ILogger logger, string fault, string site, long count);
}
