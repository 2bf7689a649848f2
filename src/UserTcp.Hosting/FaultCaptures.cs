using System.Globalization;
using Microsoft.Extensions.Logging;
using UserTcp.Capture;

namespace UserTcp.Hosting;

/// <summary>Logs each distinct fault of the stack once, with a capture of the frames before it. Any thread.</summary>
/// <param name="options">The folder and the max number of captures.</param>
/// <param name="logger">The log.</param>
internal sealed class FaultCaptures(UserTcpOptions options, ILogger logger)
{
    private const string Prefix = "usertcp-fault-";
    private const string Suffix = ".pcapng";

    private readonly Lock _gate = new();
    private int _number;

    private string Folder => options.FaultCaptureFolder ?? Path.GetTempPath();

    /// <summary>A fault has happened for the first time.</summary>
    public void OnFault(UserTcpFault fault)
    {
        string capture;
        lock (_gate)
            capture = Write(fault);
        if (fault.LocalEndPoint is null)
        {
            logger.FrameFault(fault.Exception, fault.Site, capture);
        }
        else
        {
            logger.ConnectionFault(
                fault.Exception, fault.Site, $"{fault.LocalEndPoint} {fault.RemoteEndPoint}", capture);
        }
    }

    /// <summary>Logs the count of each fault that has happened more than once.</summary>
    public void Summarize(UserTcpStack stack)
    {
        foreach (var fault in stack.GetFaults().Where(fault => fault.Count > 1))
            logger.FaultCount(fault.Exception.GetType().Name, fault.Site, fault.Count);
    }

    /// <summary>Writes the capture, and returns its path, or the reason why there is none.</summary>
    private string Write(UserTcpFault fault)
    {
        if (options.MaxFaultCaptures == 0 || fault.Frames.Count == 0)
            return "not kept";
        try
        {
            if (Directory.EnumerateFiles(Folder, $"{Prefix}*{Suffix}").Count() >= options.MaxFaultCaptures)
            {
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"not written, as {Folder} has {options.MaxFaultCaptures} such files already (MaxFaultCaptures)");
            }

            var path = Path.Combine(Folder, string.Create(
                CultureInfo.InvariantCulture,
                $"{Prefix}{fault.Time.UtcDateTime:yyyyMMdd-HHmmss}-{Environment.ProcessId}-{++_number}{Suffix}"));
            // Never follows a link or overwrites a file; peers' addresses are private.
            var file = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                file.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using var writer = new PcapngWriter(new FileStream(path, file), options.Device, options.Mtu);
            foreach (var frame in fault.Frames)
            {
                writer.Write(
                    (frame.Time - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick, frame.IsOutbound,
                    frame.Headers.Span, frame.Length);
            }

            return path;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"not written: {exception.Message}";
        }
    }
}
