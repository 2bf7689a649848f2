using System.Buffers.Binary;
using UserTcp.Engine.Contract;

namespace UserTcp.Recording;

/// <summary>Reads a recording: its header, and its entries one after the other.</summary>
internal sealed class RecordingReader : IDisposable
{
    private readonly Stream _stream;
    private readonly long _firstEntry;
    private byte[] _entry = new byte[4096];

    /// <param name="stream">The file, which this object owns. It is copied to memory when it cannot seek.</param>
    /// <exception cref="InvalidDataException">The stream is not a recording.</exception>
    public RecordingReader(Stream stream)
    {
        var start = new byte[RecordingFormat.Magic.Length + sizeof(int)];
        if (stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length
            || !start.AsSpan().StartsWith(RecordingFormat.Magic))
        {
            throw new InvalidDataException("it is not a recording of usertcp");
        }

        _stream = stream.CanSeek ? stream : InMemory(start, stream);
        var length = BinaryPrimitives.ReadInt32LittleEndian(start.AsSpan(RecordingFormat.Magic.Length));
        if (length is < 0 or > RecordingFormat.MaxHeader || length > _stream.Length - _stream.Position)
            throw new InvalidDataException("its header is cut off");
        var header = new byte[length];
        _stream.ReadExactly(header);
        Header = RecordingJson.ReadHeader(header);
        if (Header.Format != RecordingFormat.Version)
        {
            throw new InvalidDataException(
                $"it has format {Header.Format}, and this version reads format {RecordingFormat.Version} only");
        }

        if ((Header.Device + Header.Version).Any(char.IsControl))
            throw new InvalidDataException("its header has control characters");
        if (Header.Links.Count is 0 or > EngineShare.MaxCount || Header.Links.Contains(null!))
            throw new InvalidDataException("its header has no links, or too many");
        _firstEntry = _stream.Position;
    }

    public RecordingHeader Header { get; }

    /// <summary>Begins again with the first entry.</summary>
    public void Rewind() => _stream.Position = _firstEntry;

    /// <summary>
    /// Reads the next entry, which is valid until the one after it. False at the end of the file, also in the middle of
    /// an entry.
    /// </summary>
    /// <exception cref="InvalidDataException">The length of the entry is not valid.</exception>
    public bool TryRead(out ReadOnlyMemory<byte> entry)
    {
        entry = default;
        if (!TryReadLength(out var length) || length > _stream.Length - _stream.Position)
            return false;
        if (_entry.Length < length)
            _entry = new byte[Math.Max(length, Math.Min(_entry.Length * 2L, RecordingFormat.MaxEntry))];
        _stream.ReadExactly(_entry, 0, length);
        entry = _entry.AsMemory(0, length);
        return true;
    }

    public void Dispose() => _stream.Dispose();

    /// <summary>A copy of all, at the place behind the start, which was read before.</summary>
    private static MemoryStream InMemory(byte[] start, Stream rest)
    {
        using (rest)
        {
            var copy = new MemoryStream();
            copy.Write(start);
            try
            {
                rest.CopyTo(copy);
            }
            catch (IOException) when (copy.Length > int.MaxValue / 2)
            {
                throw new InvalidDataException("it is too long to be read from a pipe: name the file");
            }

            copy.Position = start.Length;
            return copy;
        }
    }

    private bool TryReadLength(out int length)
    {
        length = 0;
        for (var shift = 0; shift < 35; shift += 7)
        {
            var next = _stream.ReadByte();
            if (next < 0)
                return false;
            var value = (long)(next & 0x7F) << shift;
            if (length + value > RecordingFormat.MaxEntry)
                break;
            length += (int)value;
            if (next < 0x80)
                return true;
        }

        throw new InvalidDataException("an entry is too long");
    }
}
