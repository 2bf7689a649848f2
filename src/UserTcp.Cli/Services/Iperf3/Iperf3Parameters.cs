using System.Text.Json;

namespace UserTcp.Cli.Services.Iperf3;

/// <summary>The parameters of a test, from the client. All values are in bounds.</summary>
internal sealed record Iperf3Parameters
{
    /// <summary>Bytes of the client's JSON at most.</summary>
    public const int MaxLength = 8 * 1024;

    private const int MaxStreams = 128;
    private const int MaxSeconds = 86_400;
    private const int MaxOmit = 60;
    private const int MaxBlock = 1 << 20;
    private const int DefaultBlock = 128 << 10;

    /// <summary>Bits a second: a thousand times what a machine carries.</summary>
    private const double MaxRate = 1e15;

    /// <summary>Bytes or blocks; a double has every whole number up to here.</summary>
    private const double MaxAmount = 1L << 53;

    /// <summary>Streams in each direction.</summary>
    public int Streams { get; private init; } = 1;

    /// <summary>The stack sends instead of receiving.</summary>
    public bool IsReverse { get; private init; }

    /// <summary>The stack sends as well as receiving.</summary>
    public bool IsBidirectional { get; private init; }

    /// <summary>Bytes of one write of a sender.</summary>
    public int BlockSize { get; private init; } = DefaultBlock;

    /// <summary>How long the test takes; zero when a number of bytes or blocks ends it, or the client alone.</summary>
    public TimeSpan Duration { get; private init; }

    /// <summary>The time at the start whose data does not count.</summary>
    public TimeSpan Omit { get; private init; }

    /// <summary>The max rate of each sender in bits per second; 0 for no limit.</summary>
    public double Rate { get; private init; }

    /// <summary>For the senders' packets.</summary>
    public byte TypeOfService { get; private init; }

    /// <summary>All connections, beside the control connection, that belong to the test.</summary>
    public int Connections => IsBidirectional ? 2 * Streams : Streams;

    /// <summary>How far <see cref="Rate"/> puts two blocks apart; 0 without one.</summary>
    public double SecondsBetweenBlocks => Rate > 0 ? BlockSize * 8 / Rate : 0;

    /// <summary>
    /// Reads the client's JSON: <see cref="Iperf3Error.None"/>, or what the client is told. Never throws; members that
    /// are not known are passed over, whatever they hold.
    /// </summary>
    public static Iperf3Error TryParse(ReadOnlySpan<byte> json, out Iperf3Parameters parameters)
    {
        parameters = new Iperf3Parameters();
        if (json.Length > MaxLength)
            return Iperf3Error.ReceiveParameters;
        var members = new Members();
        try
        {
            if (!members.TryRead(json))
                return Iperf3Error.ReceiveParameters;
        }
        catch (JsonException)
        {
            return Iperf3Error.ReceiveParameters;
        }

        var error = members.Check();
        if (error == Iperf3Error.None)
            parameters = members.ToParameters();
        return error;
    }

    /// <summary>
    /// The members that are of interest, as they stand there: what is no number in the place of one is NaN, which is
    /// within no bounds.
    /// </summary>
    private ref struct Members()
    {
        private bool _isTcp;
        private bool _isOther;
        private bool _isReverse;
        private bool _isBidirectional;
        private bool _isMalformed;
        private double _streams = 1;
        private double _block = DefaultBlock;
        private double _seconds;
        private double _omit;
        private double _service;
        private double _rate;
        private double _bytes;
        private double _blocks;

        /// <summary>
        /// One object, of which only the outermost members count. A name with escapes is none that iperf3 writes.
        /// </summary>
        public bool TryRead(ReadOnlySpan<byte> json)
        {
            var reader = new Utf8JsonReader(json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.ValueIsEscaped ? default : reader.ValueSpan;
                reader.Read();
                ReadMember(name, ref reader);
                reader.Skip();
            }

            // Anything after the object is an error, which the next read finds.
            return reader.TokenType == JsonTokenType.EndObject && !reader.Read() && !_isMalformed;
        }

        public readonly Iperf3Error Check() => true switch
        {
            _ when !_isTcp || _isOther => Iperf3Error.NotImplemented,
            _ when _streams is not (>= 1 and <= MaxStreams) => Iperf3Error.StreamCount,
            _ when _block is not (>= 1 and <= MaxBlock) => Iperf3Error.BlockSize,
            _ when _seconds is not (>= 0 and <= MaxSeconds) => Iperf3Error.Duration,
            _ when _omit is not (>= 0 and <= MaxOmit) => Iperf3Error.Omit,
            _ when _service is not (>= 0 and <= byte.MaxValue) => Iperf3Error.TypeOfService,
            _ when _bytes is not (>= 0 and <= MaxAmount) || _blocks is not (>= 0 and <= MaxAmount) =>
                Iperf3Error.EndConditions,
            _ when _rate is not (>= 0 and <= MaxRate) => Iperf3Error.ReceiveParameters,
            _ when _isReverse && _isBidirectional => Iperf3Error.BothDirections,
            _ => Iperf3Error.None,
        };

        /// <summary>After <see cref="Check"/>: every number is within its bounds.</summary>
        public readonly Iperf3Parameters ToParameters() => new()
        {
            Streams = (int)_streams,
            IsReverse = _isReverse,
            IsBidirectional = _isBidirectional,
            BlockSize = (int)_block,
            Duration = TimeSpan.FromSeconds(_seconds),
            Omit = TimeSpan.FromSeconds(_omit),
            Rate = _rate,
            TypeOfService = (byte)_service,
        };

        private static double Number(ref Utf8JsonReader reader) =>
            reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var number) ? number : double.NaN;

        private void ReadMember(ReadOnlySpan<byte> name, ref Utf8JsonReader reader)
        {
            if (name.SequenceEqual("tcp"u8))
                _isTcp = Flag(ref reader);
            else if (name.SequenceEqual("udp"u8) || name.SequenceEqual("sctp"u8))
                _isOther |= Flag(ref reader);
            else if (name.SequenceEqual("reverse"u8))
                _isReverse = Flag(ref reader);
            else if (name.SequenceEqual("bidirectional"u8))
                _isBidirectional = Flag(ref reader);
            else if (name.SequenceEqual("parallel"u8))
                _streams = Number(ref reader);
            else if (name.SequenceEqual("len"u8))
                _block = Number(ref reader);
            else if (name.SequenceEqual("time"u8))
                _seconds = Number(ref reader);
            else if (name.SequenceEqual("omit"u8))
                _omit = Number(ref reader);
            else if (name.SequenceEqual("TOS"u8))
                _service = Number(ref reader);
            else if (name.SequenceEqual("bandwidth"u8))
                _rate = Number(ref reader);
            else if (name.SequenceEqual("num"u8))
                _bytes = Number(ref reader);
            else if (name.SequenceEqual("blockcount"u8))
                _blocks = Number(ref reader);
        }

        /// <summary>True or false, or 1 or 0 as some write it.</summary>
        private bool Flag(ref Utf8JsonReader reader)
        {
            var number = Number(ref reader);
            _isMalformed |= reader.TokenType is not (JsonTokenType.True or JsonTokenType.False)
                && number is not (0 or 1);
            return reader.TokenType == JsonTokenType.True || number == 1;
        }
    }
}
