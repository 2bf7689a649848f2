using System.Buffers;
using System.Diagnostics;
using System.Text.Json;

namespace UserTcp.Cli.Services.Iperf3;

/// <summary>The server's counts, for the client's last lines.</summary>
internal sealed class Iperf3Results
{
    private long _started = Stopwatch.GetTimestamp();
    private Environment.ProcessCpuUsage _cpu = Environment.CpuUsage;

    /// <summary>Counts from now on.</summary>
    public void Restart()
    {
        _started = Stopwatch.GetTimestamp();
        _cpu = Environment.CpuUsage;
    }

    /// <summary>The results as JSON, of this moment.</summary>
    public ReadOnlyMemory<byte> Write(IReadOnlyList<Iperf3Stream> streams)
    {
        var seconds = Math.Max(Stopwatch.GetElapsedTime(_started).TotalSeconds, 1e-6);
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        var cpu = Environment.CpuUsage;
        json.WriteStartObject();
        json.WriteNumber("cpu_util_total", 100 * (cpu.TotalTime - _cpu.TotalTime).TotalSeconds / seconds);
        json.WriteNumber("cpu_util_user", 100 * (cpu.UserTime - _cpu.UserTime).TotalSeconds / seconds);
        json.WriteNumber("cpu_util_system", 100 * (cpu.PrivilegedTime - _cpu.PrivilegedTime).TotalSeconds / seconds);
        json.WriteNumber("sender_has_retransmits", streams.Any(stream => stream.IsSender) ? 1 : 0);
        json.WriteStartArray("streams");
        foreach (var stream in streams)
            WriteStream(json, stream, seconds);
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    private static void WriteStream(Utf8JsonWriter json, Iperf3Stream stream, double seconds)
    {
        json.WriteStartObject();
        json.WriteNumber("id", stream.Id);
        json.WriteNumber("bytes", stream.Octets);
        json.WriteNumber("retransmits", stream.IsSender ? stream.Retransmissions : -1);
        // Fields of UDP tests, which the client requires.
        json.WriteNumber("jitter", 0);
        json.WriteNumber("errors", 0);
        json.WriteNumber("packets", 0);
        json.WriteNumber("start_time", 0);
        json.WriteNumber("end_time", seconds);
        json.WriteEndObject();
    }
}
