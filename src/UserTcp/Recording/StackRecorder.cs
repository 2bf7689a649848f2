using System.Buffers.Binary;
using System.Reflection;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;

namespace UserTcp.Recording;

/// <summary>Records the engines of a stack, and what its link does to frames, in one file.</summary>
internal sealed class StackRecorder
{
    private readonly RecordingSink _sink;
    private readonly LoopRecorder[] _loops;
    private readonly EntryWriter _verdict = new();
    private long _time;
    private long _number;

    /// <param name="sink">The file.</param>
    /// <param name="device">The stack's device.</param>
    /// <param name="addresses">The stack's addresses.</param>
    /// <param name="options">The options of its engines.</param>
    /// <param name="keys">Their keys.</param>
    /// <param name="startedAt">When the stack starts.</param>
    /// <param name="stamper">What numbers the events.</param>
    /// <exception cref="NotSupportedException">The options have what cannot be recorded.</exception>
    public StackRecorder(
        RecordingSink sink, ILinkDevice device, IReadOnlyList<System.Net.IPAddress> addresses, EngineOptions options,
        EngineKeys keys, DateTimeOffset startedAt, IEventStamper stamper)
    {
        if (options.GetCustomCongestionControl() is { } factory)
            throw NotRecordable(factory);
        _sink = sink;
        _loops = [.. device.Queues.Select((_, loop) => new LoopRecorder(loop, sink, stamper))];
        var header = RecordingJson.Write(new RecordingHeader
        {
            Format = RecordingFormat.Version,
            Version = VersionOfThis,
            Device = device.Name,
            StartedAt = startedAt,
            Addresses = [.. addresses.Select(address => address.ToString())],
            Links = [.. device.Queues.Select(queue => RecordedLink.Of(queue.Properties))],
            Options = options,
            Keys = RecordingHeader.Hex(keys),
        });
        var length = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, header.Length);
        sink.WriteHeader([.. RecordingFormat.Magic, .. length, .. header]);
    }

    /// <summary>The version of UserTcp that runs.</summary>
    public static string VersionOfThis =>
        typeof(StackRecorder).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion ?? "";

    /// <summary>The recorder of an engine.</summary>
    public LoopRecorder this[int loop] => _loops[loop];

    /// <summary>Why a congestion control of the application's own is refused.</summary>
    public static NotSupportedException NotRecordable(CongestionControlFactory factory) => new(
        $"The congestion control '{factory.Name}' is the application's own, so a stack that uses it cannot be "
        + "recorded: a recording has no code. Use a built-in one, or do not record.");

    /// <summary>The link has done something to a frame. Called by one thread at a time.</summary>
    public void OnVerdict(in EventStamp stamp, in LinkVerdict verdict, ReadOnlySpan<byte> frame)
    {
        if (_sink.HasEnded)
            return;
        _verdict.Clear();
        _verdict.WriteByte((byte)EntryKind.Verdict);
        _verdict.WriteNumber(0);
        _verdict.WriteSigned(stamp.Number - _number);
        _number = stamp.Number;
        _verdict.WriteSigned(stamp.Time.Ticks - _time);
        _time = stamp.Time.Ticks;
        VerdictCodec.Write(_verdict, in verdict);
        // The frame itself, where the link has dropped it on its way to the stack: a replay can deliver it.
        var isDropped = !verdict.Outbound && verdict.Kind is LinkVerdictKind.Lost or LinkVerdictKind.QueueFull;
        _verdict.WriteBlob(isDropped ? frame : default);
        _sink.Write(_verdict.Written, default);
    }

    /// <summary>The stack has ended.</summary>
    public void Close() => _sink.Close();
}
