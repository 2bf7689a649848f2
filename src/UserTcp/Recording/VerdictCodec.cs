using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Recording;

/// <summary>The fields of a link's verdict.</summary>
internal static class VerdictCodec
{
    public static void Write(EntryWriter entry, in LinkVerdict verdict)
    {
        entry.WriteByte((byte)verdict.Kind);
        entry.WriteByte((byte)verdict.Cause);
        entry.WriteByte((byte)(verdict.Outbound ? 1 : 0));
        entry.WriteTuple(verdict.Tuple);
        entry.WriteNumber(verdict.Header.SourcePort.Value);
        entry.WriteNumber(verdict.Header.DestinationPort.Value);
        entry.WriteUInt32(verdict.Header.Seq.Value);
        entry.WriteUInt32(verdict.Header.Ack.Value);
        entry.WriteByte((byte)verdict.Header.Flags);
        entry.WriteNumber(verdict.Header.Window);
        entry.WriteNumber(verdict.Header.UrgentPointer);
        entry.WriteNumber((ulong)verdict.PayloadLength);
        entry.WriteSigned(verdict.Delay.Ticks);
        entry.WriteSigned(verdict.LinkDelay.Ticks);
        entry.WriteByte((byte)(verdict.Trigger is null ? 0 : 1));
        if (verdict.Trigger is { } trigger)
            entry.WriteBlob(System.Text.Encoding.UTF8.GetBytes(trigger));
    }

    /// <exception cref="InvalidDataException">The fields are not those of a verdict.</exception>
    public static LinkVerdict Read(ref EntryReader entry)
    {
        var verdict = new LinkVerdict
        {
            Kind = entry.ReadEnum<LinkVerdictKind>(),
            Cause = entry.ReadEnum<LinkVerdictCause>(),
            Outbound = entry.ReadFlag(),
            Tuple = entry.ReadTuple(),
        };
        var header = new TcpHeader(
            entry.ReadPort(), entry.ReadPort(), new SeqNum(entry.ReadUInt32()), new SeqNum(entry.ReadUInt32()),
            (TcpFlags)entry.ReadByte(), ReadUInt16(ref entry), ReadUInt16(ref entry));
        return verdict with
        {
            Header = header,
            PayloadLength = entry.ReadInt(),
            Delay = new TimeSpan(entry.ReadSigned()),
            LinkDelay = new TimeSpan(entry.ReadSigned()),
            Trigger = entry.ReadFlag() ? TriggerOf(entry.ReadBlob()) : null,
        };
    }

    /// <summary>The words of a trigger, which are printed.</summary>
    private static string TriggerOf(ReadOnlySpan<byte> bytes) =>
        System.Text.Encoding.UTF8.GetString(bytes) is var words && words.Any(char.IsControl)
            ? throw new InvalidDataException("a trigger has control characters")
            : words;

    private static ushort ReadUInt16(ref EntryReader entry) => entry.ReadPort().Value;
}
