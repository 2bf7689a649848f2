using System.Globalization;
using UserTcp.Capture;

namespace UserTcp.Testing.Reports;

/// <summary>
/// The packets of a failed test as a pcapng file, as their senders sent them, each segment with the reason for it.
/// </summary>
internal static class FailureCapture
{
    /// <summary>Captures that are kept: older ones of the directory are deleted.</summary>
    private const int MaxFiles = 100;

    private const string Pattern = "seed-*.pcapng";

    /// <summary>
    /// Writes the file and returns its path; null when there is none to write, or it cannot be written.
    /// </summary>
    public static string? TryWrite(VirtualNetwork network, VirtualNetworkOptions options)
    {
        if (options.Captures is not { } directory || network.Trace.Entries.Count == 0 || options.IsTrial)
            return null;
        try
        {
            Directory.CreateDirectory(directory);
            Prune(directory);
            var name = string.Create(
                CultureInfo.InvariantCulture, $"seed-{options.Seed}-{network.Trace.WireHash[..12]}.pcapng");
            var path = Path.Combine(directory, name);
            Write(network, options, path);
            return path;
        }
        catch (Exception error)
            when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    private static void Write(VirtualNetwork network, VirtualNetworkOptions options, string path)
    {
        using var writer = new PcapngWriter(File.Create(path), "virtual network", ushort.MaxValue);
        var start = (options.Start - DateTimeOffset.UnixEpoch).Ticks;
        var sentences = new FrameSentences(network);
        foreach (var entry in network.Trace.Entries)
        {
            if (entry.Frame is not { } frame)
                continue;
            writer.Write(
                (start + entry.Ticks) * TimeSpan.NanosecondsPerTick, outbound: true, frame, frame.Length,
                new PacketNotes { Comment = sentences.DequeueFor(frame) });
        }
    }

    private static void Prune(string directory)
    {
        var files = new DirectoryInfo(directory).GetFiles(Pattern);
        foreach (var old in files.OrderByDescending(file => file.LastWriteTimeUtc).Skip(MaxFiles - 1))
            old.Delete();
    }
}
