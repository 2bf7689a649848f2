using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using UserTcp.Testing.Reports;
using UserTcp.Testing.Wires;
using UserTcp.Wire;

namespace UserTcp.Testing;

/// <summary>
/// What happened on a network, in order: each packet that a host sent, faults, crashes, and the test's own notes. Two
/// runs are the same when their hashes are. Any thread.
/// </summary>
public sealed class VirtualTrace
{
    /// <summary>Max entries that are kept; the hashes go on.</summary>
    private const int MaxEntries = 1 << 17;

    /// <summary>Max bytes of packets that are kept.</summary>
    private const long MaxBytes = 1 << 26;

    private readonly Lock _gate = new();
    private readonly TimeProvider _clock;
    private readonly HostNames _names;
    private readonly TraceHash _order = new();
    private readonly TraceHash _wire = new();
    private readonly List<TraceEntry> _entries = [];
    private long _bytes;

    internal VirtualTrace(TimeProvider clock, HostNames names) => (_clock, _names) = (clock, names);

    /// <summary>A line for each of the first 131,072 entries, in the order in which they happened.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_gate)
                return [.. _entries.Select(Format)];
        }
    }

    /// <summary>Entries that were not kept.</summary>
    public long Omitted { get; private set; }

    /// <summary>
    /// SHA-256 in hexadecimal of what happened when: packets by their length and headers, without checksum and data.
    /// </summary>
    public string OrderHash
    {
        get
        {
            lock (_gate)
                return _order.GetValue();
        }
    }

    /// <summary>As <see cref="OrderHash"/>, with every byte of the packets.</summary>
    public string WireHash
    {
        get
        {
            lock (_gate)
                return _wire.GetValue();
        }
    }

    /// <summary>The entries, for a capture.</summary>
    internal IReadOnlyList<TraceEntry> Entries => _entries;

    /// <summary>Adds a line of the test's own, which counts in the hashes.</summary>
    public void Note(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Add($"note: {text}");
    }

    internal void Add(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        lock (_gate)
        {
            AddTime();
            _order.Append(bytes);
            _wire.Append(bytes);
            if (CanKeep(bytes.Length))
                _entries.Add(new TraceEntry(_clock.GetTimestamp(), Frame: null, text));
        }
    }

    internal void AddFrame(ReadOnlySpan<byte> frame)
    {
        lock (_gate)
        {
            AddTime();
            _wire.Append(frame);
            AppendHeaders(frame);
            if (CanKeep(frame.Length))
                _entries.Add(new TraceEntry(_clock.GetTimestamp(), frame.ToArray(), Words: null));
        }
    }

    private void AddTime()
    {
        Span<byte> time = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(time, _clock.GetTimestamp());
        _order.Append(time);
        _wire.Append(time);
    }

    /// <summary>The checksum follows from the data, which differs where it is encrypted.</summary>
    private void AppendHeaders(ReadOnlySpan<byte> frame)
    {
        const int Checksum = 16;
        if (!IpPacket.TryParse(frame, verifyChecksum: false, out var packet, out _)
            || packet.Protocol != IpProtocol.Tcp || !TcpSegment.TryParse(packet.Payload, out var segment))
        {
            _order.Append(frame);
            return;
        }

        _order.Append(frame[..^packet.Payload.Length]);
        _order.Append(segment.Bytes[..Checksum]);
        _order.Append(segment.Bytes[(Checksum + 2)..segment.HeaderLength]);
    }

    /// <summary>True when an entry with so many bytes is to be kept; it counts either way.</summary>
    private bool CanKeep(int length)
    {
        if (_entries.Count == MaxEntries || _bytes + length > MaxBytes)
        {
            Omitted++;
            return false;
        }

        _bytes += length;
        return true;
    }

    private string Format(TraceEntry entry)
    {
        var time = new TimeSpan(entry.Ticks);
        var text = entry.Frame is { } frame ? new VirtualPacket(frame, time, _names).ToString() : entry.Words;
        return string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds,12:F3} ms  {text}");
    }
}
