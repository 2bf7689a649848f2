using System.Text;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Recording;
using UserTcp.Engine.Udp;
using UserTcp.Wire;
using static UserTcp.Recording.RecordingFormat;

namespace UserTcp.Recording;

/// <summary>
/// Parses entries, with what the differences in them refer to. A file that contradicts itself is an
/// <see cref="InvalidDataException"/>.
/// </summary>
/// <param name="loops">The number of loops.</param>
internal sealed class EntryParser(int loops)
{
    // 3,653 years. Sums of such times do not overflow.
    private const long MaxTime = 1L << 60;

    private readonly LoopPosition[] _loops = [.. Enumerable.Range(0, loops).Select(_ => new LoopPosition())];
    private readonly LoopPosition _link = new();

    /// <summary>Parses an entry.</summary>
    public void Parse(ReadOnlyMemory<byte> bytes, RecordedEntry entry)
    {
        var fields = new EntryReader(bytes.Span);
        var first = fields.ReadByte();
        entry.Kind = (EntryKind)(first & ~HasOutcome);
        entry.Loop = fields.ReadInt();
        if (entry.Loop >= loops)
            throw new InvalidDataException($"there is no loop {entry.Loop}");
        var position = _loops[entry.Loop];
        entry.Blocks.Clear();
        entry.Stamps.Clear();
        entry.FailedRents.Clear();
        if (HasTime(entry.Kind))
            position.Time = NotEarlier(position.Time, fields.ReadSigned());
        entry.Now = new MonotonicTime(position.Time);
        ParseFields(bytes, ref fields, entry, position);
        if ((first & HasOutcome) != 0)
            ParseOutcome(ref fields, entry, position);
        if (!fields.IsEmpty)
            throw new InvalidDataException("an entry is longer than its fields");
    }

    private static bool HasTime(EntryKind kind) => kind is EntryKind.Frame or EntryKind.Timer or EntryKind.EmitNothing
        or EntryKind.Emit or EntryKind.CloseListener or EntryKind.Open or EntryKind.Send or EntryKind.Consumed
        or EntryKind.SetOptions or EntryKind.Call or EntryKind.Fault or EntryKind.SendDatagram;

    private static long NotEarlier(long time, long difference) => difference >= 0
        ? Shift(time, difference)
        : throw new InvalidDataException("time goes back");

    private static long Shift(long value, long difference)
    {
        var sum = unchecked(value + difference);
        return Math.Abs(difference) <= MaxTime && sum is >= 0 and <= MaxTime
            ? sum
            : throw new InvalidDataException("a time or number is out of range");
    }

    private void ParseFields(
        ReadOnlyMemory<byte> bytes, ref EntryReader fields, RecordedEntry entry, LoopPosition position)
    {
        switch (entry.Kind)
        {
            case EntryKind.Frame:
                ParseBlock(bytes, ref fields, entry);
                break;
            case EntryKind.Timer or EntryKind.EmitNothing or EntryKind.Dispose or EntryKind.End:
                break;
            case EntryKind.Emit:
                (entry.Bytes, entry.Digest) = (fields.ReadInt(), fields.ReadUInt32());
                break;
            case EntryKind.DequeueEvent or EntryKind.DequeueUdpEvent:
                (entry.Number, entry.Events) = (fields.ReadInt(), (EngineEvents)fields.ReadInt());
                break;
            case EntryKind.ShareMemory:
                (entry.MemoryElsewhere, entry.MemoryLimit) = (fields.ReadSigned(), fields.ReadSigned());
                break;
            case EntryKind.Name:
                entry.Tuple = fields.ReadTuple();
                break;
            case EntryKind.LostFrame:
                entry.IsHandOver = fields.ReadFlag();
                break;
            case EntryKind.Verdict:
                ParseVerdict(bytes, ref fields, entry);
                break;
            case EntryKind.BindUdp or EntryKind.ConnectUdp or EntryKind.SendDatagram or EntryKind.ReceiveDatagrams
                or EntryKind.CloseUdp:
                ParseUdp(bytes, ref fields, entry);
                break;
            default:
                ParseCall(bytes, ref fields, entry, position);
                break;
        }
    }

    private static void ParseCall(
        ReadOnlyMemory<byte> bytes, ref EntryReader fields, RecordedEntry entry, LoopPosition position)
    {
        switch (entry.Kind)
        {
            case EntryKind.Listen:
                ParseListen(ref fields, entry, position);
                break;
            case EntryKind.Open:
                ParseOpen(ref fields, entry, position);
                break;
            case EntryKind.Accept or EntryKind.CloseListener:
                entry.Number = fields.ReadInt();
                break;
            case EntryKind.Send:
                entry.Number = fields.ReadInt();
                for (var left = fields.ReadInt(); left > 0; left--)
                    ParseBlock(bytes, ref fields, entry);
                break;
            case EntryKind.Consumed:
                (entry.Number, entry.Bytes) = (fields.ReadInt(), fields.ReadInt());
                break;
            case EntryKind.SetOptions:
                entry.Number = fields.ReadInt();
                entry.Options = ParseOptions(ref fields, position);
                break;
            case EntryKind.Call:
                (entry.Number, entry.Call) = (fields.ReadInt(), fields.ReadEnum<RecordedCall>());
                break;
            case EntryKind.Fault:
                (entry.Number, entry.Fault) = (fields.ReadInt(), Encoding.UTF8.GetString(fields.ReadBlob()));
                break;
            default:
                throw new InvalidDataException($"there is no entry of kind {(int)entry.Kind}");
        }
    }

    private static void ParseUdp(ReadOnlyMemory<byte> bytes, ref EntryReader fields, RecordedEntry entry)
    {
        if (entry.Kind == EntryKind.BindUdp)
        {
            var (address, port) = (fields.ReadAddress(), fields.ReadPort());
            entry.Tuple = new FourTuple(address, port, default, default);
            entry.UdpFlags = (UdpFlags)fields.ReadInt();
            return;
        }

        entry.Number = fields.ReadInt();
        if (entry.Kind is EntryKind.ConnectUdp or EntryKind.SendDatagram)
            entry.Peer = new UdpPeer(fields.ReadAddress(), fields.ReadPort());
        if (entry.Kind == EntryKind.SendDatagram)
            ParseBlock(bytes, ref fields, entry);
    }

    private static void ParseListen(ref EntryReader fields, RecordedEntry entry, LoopPosition position)
    {
        var (address, port) = (fields.ReadAddress(), fields.ReadPort());
        entry.Tuple = new FourTuple(address, port, default, default);
        var backlog = fields.ReadSigned();
        if (backlog is < int.MinValue or > int.MaxValue)
            throw new InvalidDataException("a backlog is out of range");
        entry.Backlog = fields.ReadFlag() ? null : (int)backlog;
        entry.Flags = (ListenFlags)fields.ReadInt();
        entry.Options = ParseOptions(ref fields, position);
    }

    private static void ParseOpen(ref EntryReader fields, RecordedEntry entry, LoopPosition position)
    {
        var hasLocal = fields.ReadFlag();
        entry.Tuple = fields.ReadTuple();
        entry.LocalAddress = hasLocal ? entry.Tuple.LocalAddress : null;
        entry.Options = ParseOptions(ref fields, position);
    }

    private static void ParseBlock(ReadOnlyMemory<byte> bytes, ref EntryReader fields, RecordedEntry entry)
    {
        var shape = fields.ReadByte();
        var start = fields.ReadInt();
        var data = ParseData(bytes, ref fields);
        var size = (shape & ShapeMask) switch
        {
            StandardBlock => BlockPool.StandardSize,
            LargeBlock => BlockPool.LargeSize,
            ViewBlock => int.MaxValue,
            _ => throw new InvalidDataException("a block has an unknown shape"),
        };
        if (shape > (ShapeMask | LentBlock | LoopedBlock) || start > size - data.Length)
            throw new InvalidDataException("a block has more data than room");
        entry.Blocks.Add(new RecordedBlock(shape, start, data));
    }

    private static ReadOnlyMemory<byte> ParseData(ReadOnlyMemory<byte> bytes, ref EntryReader fields)
    {
        var length = fields.ReadBlob().Length;
        return bytes.Slice(bytes.Length - fields.Left - length, length);
    }

    private static ConnectionOptions ParseOptions(ref EntryReader fields, LoopPosition position)
    {
        var index = fields.ReadInt();
        if (index < position.Options.Count)
            return position.Options[index];
        if (index > position.Options.Count)
            throw new InvalidDataException("the options of a connection are missing");
        var options = RecordingJson.ReadOptions(fields.ReadBlob());
        if (index < MaxOptions)
            position.Options.Add(options);
        return options;
    }

    private void ParseVerdict(ReadOnlyMemory<byte> bytes, ref EntryReader fields, RecordedEntry entry)
    {
        _link.Number = Shift(_link.Number, fields.ReadSigned());
        _link.Time = Shift(_link.Time, fields.ReadSigned());
        entry.Stamps.Add(new EventStamp(_link.Number, new MonotonicTime(_link.Time)));
        entry.Verdict = VerdictCodec.Read(ref fields);
        var frame = ParseData(bytes, ref fields);
        if (frame.Length > BlockPool.LargeSize)
            throw new InvalidDataException("a frame is longer than a block");
        entry.Blocks.Add(new RecordedBlock(
            frame.Length <= BlockPool.StandardSize ? StandardBlock : LargeBlock, 0, frame));
    }

    private static void ParseOutcome(ref EntryReader fields, RecordedEntry entry, LoopPosition position)
    {
        for (var left = fields.ReadInt(); left > 0; left--)
        {
            position.Number = Shift(position.Number, fields.ReadSigned()) + 1;
            position.EventTime = Shift(position.EventTime, fields.ReadSigned());
            entry.Stamps.Add(new EventStamp(position.Number, new MonotonicTime(position.EventTime)));
        }

        for (var left = fields.ReadInt(); left > 0; left--)
            entry.FailedRents.Add(fields.ReadInt());
    }

    /// <summary>What the differences in the next entry of a loop refer to.</summary>
    private sealed class LoopPosition
    {
        public long Time { get; set; }

        public long EventTime { get; set; }

        public long Number { get; set; }

        public List<ConnectionOptions> Options { get; } = [];
    }
}
