using System.Globalization;
using System.Text;

namespace UserTcp.Capture.Pictures;

/// <summary>Reads lines of limited length: a file without line feeds is not read into memory.</summary>
/// <param name="reader">The characters, which the caller owns.</param>
/// <param name="maxLength">Max characters of a line.</param>
internal sealed class BoundedLines(TextReader reader, int maxLength)
{
    private readonly char[] _buffer = new char[16 * 1024];
    private readonly StringBuilder _line = new();
    private int _start;
    private int _end;

    /// <summary>The next line; null at the end.</summary>
    /// <exception cref="FormatException">It is too long.</exception>
    public string? Read()
    {
        _line.Clear();
        while (_start < _end || TryFill())
        {
            var rest = _buffer.AsSpan(_start, _end - _start);
            var length = rest.IndexOf('\n');
            _line.Append(length < 0 ? rest : rest[..length]);
            _start += length < 0 ? rest.Length : length + 1;
            if (_line.Length > maxLength)
            {
                throw new FormatException(string.Create(
                    CultureInfo.InvariantCulture, $"longer than {maxLength:N0} characters"));
            }

            if (length >= 0)
                return _line.ToString();
        }

        return _line.Length > 0 ? _line.ToString() : null;
    }

    private bool TryFill()
    {
        (_start, _end) = (0, reader.Read(_buffer, 0, _buffer.Length));
        return _end > 0;
    }
}
