using System.Buffers;
using System.Text;

namespace UserTcp.Cli.Services;

/// <summary>
/// Reads the head of an HTTP/1.1 request (RFC 9112), strictly: what two readers could take differently is refused, so
/// that nothing of one request can pass for another one. Keeps nothing, allocates nothing.
/// </summary>
internal static class PlaintextHead
{
    /// <summary>Bytes of a head at most, with its empty line.</summary>
    public const int MaxLength = 8 * 1024;

    private static readonly SearchValues<byte> Token =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>VCHAR and obs-text (RFC 9110 section 5.5), space and tab.</summary>
    private static readonly SearchValues<byte> FieldValue =
        SearchValues.Create(
            [(byte)'\t', .. Enumerable.Range(' ', 95).Concat(Enumerable.Range(128, 128)).Select(value => (byte)value)]);

    private static readonly SearchValues<byte> Visible = SearchValues.Create(
        [.. Enumerable.Range('!', 94).Select(value => (byte)value)]);

    private static readonly SearchValues<byte> Digits = SearchValues.Create("0123456789"u8);

    /// <summary>
    /// Reads the head at the start of a connection's data, or of what follows the head before. False when the head may
    /// go on beyond the data. <paramref name="length"/> is that of the head when it is understood, and 0 when the
    /// answer is an error.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> data, out PlaintextAnswer answer, out int length)
    {
        length = 0;
        var request = default(Request);
        // A client of old may have put an empty line after the body before (RFC 9112 section 2.2).
        var at = data.StartsWith("\r\n"u8) ? 2 : 0;
        for (var isFirst = true; ; isFirst = false)
        {
            var end = data[at..].IndexOf((byte)'\n');
            if (end < 0 || at + end >= MaxLength)
            {
                answer = PlaintextAnswer.HeadTooLarge;
                return data.Length > MaxLength;
            }

            var line = data.Slice(at, end);
            at += end + 1;
            answer = PlaintextAnswer.BadRequest;
            if (line is not [.., (byte)'\r'])
                return true;
            line = line[..^1];
            if (line.IsEmpty && !isFirst)
            {
                answer = request.Answer;
                length = answer <= PlaintextAnswer.NoBodyAndClose ? at : 0;
                return true;
            }

            if (!(isFirst ? request.TryReadRequestLine(line) : request.TryReadField(line)))
                return true;
        }
    }

    /// <summary>The state after the lines so far.</summary>
    private ref struct Request
    {
        private ReadOnlySpan<byte> _method;
        private bool _isHttp1;
        private bool _isHttp10;
        private bool _asksToClose;
        private bool _hasBody;
        private bool _hasCoding;
        private int _hosts;
        private int _lengths;

        public readonly PlaintextAnswer Answer
        {
            get
            {
                if (!_isHttp1)
                    return PlaintextAnswer.VersionNotSupported;
                // RFC 9112 sections 3.2 and 6.3.
                if (_hosts > 1 || (_hosts == 0 && !_isHttp10) || _lengths > 1 || (_lengths > 0 && _hasCoding))
                    return PlaintextAnswer.BadRequest;
                var isHead = _method.SequenceEqual("HEAD"u8);
                if (!isHead && !_method.SequenceEqual("GET"u8))
                    return IsKnown(_method) ? PlaintextAnswer.MethodNotAllowed : PlaintextAnswer.NotImplemented;
                if (_hasCoding)
                    return PlaintextAnswer.NotImplemented;
                if (_hasBody)
                    return PlaintextAnswer.ContentTooLarge;
                return (isHead, _asksToClose || _isHttp10) switch
                {
                    (false, false) => PlaintextAnswer.Body,
                    (true, false) => PlaintextAnswer.NoBody,
                    (false, true) => PlaintextAnswer.BodyAndClose,
                    (true, true) => PlaintextAnswer.NoBodyAndClose,
                };
            }
        }

        /// <summary>method SP request-target SP HTTP-version, with one space each.</summary>
        public bool TryReadRequestLine(ReadOnlySpan<byte> line)
        {
            var first = line.IndexOf((byte)' ');
            var last = line.LastIndexOf((byte)' ');
            if (first <= 0 || last - first < 2)
                return false;
            _method = line[..first];
            var version = line[(last + 1)..];
            _isHttp10 = version.SequenceEqual("HTTP/1.0"u8);
            _isHttp1 = _isHttp10 || version.SequenceEqual("HTTP/1.1"u8);
            return !_method.ContainsAnyExcept(Token)
                && !line[(first + 1)..last].ContainsAnyExcept(Visible)
                && version is [(byte)'H', (byte)'T', (byte)'T', (byte)'P', (byte)'/', >= (byte)'0' and <= (byte)'9',
                    (byte)'.', >= (byte)'0' and <= (byte)'9'];
        }

        /// <summary>
        /// field-name ":" OWS field-value OWS; neither a folded line nor a space before the colon is one.
        /// </summary>
        public bool TryReadField(ReadOnlySpan<byte> line)
        {
            var colon = line.IndexOf((byte)':');
            if (colon <= 0 || line[..colon].ContainsAnyExcept(Token))
                return false;
            var value = line[(colon + 1)..];
            if (value.ContainsAnyExcept(FieldValue))
                return false;
            return TryReadField(line[..colon], value.Trim(" \t"u8));
        }

        private static bool IsKnown(ReadOnlySpan<byte> method) =>
            method.SequenceEqual("POST"u8) || method.SequenceEqual("PUT"u8) || method.SequenceEqual("DELETE"u8)
            || method.SequenceEqual("OPTIONS"u8) || method.SequenceEqual("CONNECT"u8) || method.SequenceEqual("TRACE"u8)
            || method.SequenceEqual("PATCH"u8);

        private bool TryReadField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
        {
            switch (name.Length)
            {
                case 4 when Ascii.EqualsIgnoreCase(name, "Host"u8):
                    _hosts++;
                    break;
                case 10 when Ascii.EqualsIgnoreCase(name, "Connection"u8):
                    _asksToClose |= HasClose(value);
                    break;
                case 14 when Ascii.EqualsIgnoreCase(name, "Content-Length"u8):
                    _lengths++;
                    _hasBody |= value.ContainsAnyExcept((byte)'0');
                    return !value.IsEmpty && !value.ContainsAnyExcept(Digits);
                case 17 when Ascii.EqualsIgnoreCase(name, "Transfer-Encoding"u8):
                    _hasCoding = true;
                    break;
            }

            return true;
        }

        private static bool HasClose(ReadOnlySpan<byte> list)
        {
            foreach (var range in list.Split((byte)','))
            {
                if (Ascii.EqualsIgnoreCase(list[range].Trim(" \t"u8), "close"u8))
                    return true;
            }

            return false;
        }
    }
}
