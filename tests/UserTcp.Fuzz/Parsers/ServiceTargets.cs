using System.Buffers;
using System.Text;
using UserTcp.Cli.Filters;
using UserTcp.Cli.Services;
using UserTcp.Cli.Services.Iperf3;
using UserTcp.Engine.Contract;
using UserTcp.Fuzz.Running;
using UserTcp.Wire;
using static UserTcp.Fuzz.Running.FindingException;

namespace UserTcp.Fuzz.Parsers;

/// <summary>The parameters of an iperf3 client: rejected with an error, or within bounds.</summary>
internal sealed class Iperf3Target : FuzzTarget
{
    private static readonly string[] Words =
    [
        "{", "}", "[", "]", ",", ",", ":", ":", "\"tcp\":true", "\"udp\":true", "\"parallel\":", "\"len\":",
        "\"time\":", "\"omit\":", "\"TOS\":", "\"reverse\":true", "\"bidirectional\":true", "\"bandwidth\":", "1",
        "128", "129", "0", "-1", "1e308", "1e999", "\"x\"", "null", "true",
        "131072", "86400", "86401", "0.5", "\\", "\"num\":", "\"MSS\":", "NaN",
    ];

    public override string Name => "iperf3";

    public override byte[] Generate(ulong number)
    {
        var dice = new Dice(Dice.Mix(number, 9));
        byte[] words = Samples.Words(ref dice, Words, 20);
        return dice.OneIn(3) ? words : [.. "{\"tcp\":true,"u8, .. words, (byte)'}'];
    }

    public override int Run(ReadOnlySpan<byte> input, Features features)
    {
        var error = Iperf3Parameters.TryParse(input.ToArray(), out var parameters);
        features.Hit(90, (int)error);
        features.Add($"error.{error}");
        Require(
            parameters is { Streams: >= 1 and <= 128, BlockSize: >= 1 and <= 1 << 20, Rate: >= 0 }
            && parameters.Duration >= TimeSpan.Zero && parameters.Duration <= TimeSpan.FromDays(1)
            && parameters.Omit >= TimeSpan.Zero && parameters.Omit <= TimeSpan.FromMinutes(1),
            "iperf3: bounds", $"{parameters}");
        return 1;
    }
}

/// <summary>Request heads of port 8080: the responses do not depend on how the bytes are split.</summary>
internal sealed class HttpHeadTarget : FuzzTarget
{
    private static readonly string[] Words =
    [
        "GET / HTTP/1.1\r\n", "GET / HTTP/1.0\r\n", "Host: x\r\n", "Connection: close\r\n", "connection:keep-alive\r\n",
        "\r\n", "\r\n", "\r", "\n", "Connection:", " close ", "A: ",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "\0",
    ];

    public override string Name => "http-head";

    public override byte[] Generate(ulong number)
    {
        var dice = new Dice(Dice.Mix(number, 10));
        var words = Samples.Words(ref dice, Words, dice.OneIn(8) ? 300 : 20);
        return [(byte)dice.Next(), .. words];
    }

    public override int Run(ReadOnlySpan<byte> input, Features features)
    {
        if (input.IsEmpty)
            return 0;
        var bytes = input[1..].ToArray();
        var whole = Answers(new ReadOnlySequence<byte>(bytes), features, out var left);
        var pieces = Answers(Cut(bytes, 1 + (input[0] % 64)), features, out var leftOfPieces);
        Require(
            whole.SequenceEqual(pieces) && left == leftOfPieces, "http-head: pieces",
            "In pieces it has other answers.");
        return 1;
    }

    /// <summary>All response bytes.</summary>
    private static byte[] Answers(ReadOnlySequence<byte> buffer, Features features, out long left)
    {
        var output = new ArrayBufferWriter<byte>();
        while (PlaintextService.TryAnswer(ref buffer, output, out var answer))
        {
            features.Hit(100, (int)answer, Features.Magnitude(output.WrittenCount));
            features.Add($"answer.{answer}");
            if (answer > PlaintextAnswer.NoBody)
                break;
        }

        left = buffer.Length;
        return output.WrittenSpan.ToArray();
    }

    private static ReadOnlySequence<byte> Cut(byte[] bytes, int size)
    {
        var first = new Piece(default, 0);
        var last = first;
        for (var at = 0; at < bytes.Length; at += size)
            last = last.Append(bytes.AsMemory(at, Math.Min(size, bytes.Length - at)));
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, long index) => (Memory, RunningIndex) = (memory, index);

        public Piece Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Piece(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}

/// <summary>Filters of the control socket: rejected with a message, or applied to any connection.</summary>
internal sealed class FilterTarget : FuzzTarget
{
    private static readonly string[] Words =
    [
        "state ", "exclude ", "established ", "listening ", "all ", "bucket ", "sport ", "dport ", "src ", "dst ", "= ",
        "!= ", "< ", ">= ", "eq ", "neq ", "and ", "or ", "not ", "! ", "( ", ") ", "&& ", "| ", ":80 ", ":http ", "0 ",
        "65535 ", "65536 ", "198.18.0.1 ", "198.18.0.0/24:7 ", "[2001:db8::1]:80 ", "::/0 ", "*:80 ", "/", ":", "[",
        "]", "%", "\u00e9", "\0", "( ( ( ( ( ( ( ( ", "! ! ! ! ! ! ! ! ",
    ];

    private static readonly SocketAddresses[] Sockets =
    [
        new(TcpState.Listen, IpAddress.AnyIPv6, 80, IpAddress.AnyIPv6, 0),
        new(TcpState.Established, IpAddress.FromIPv4(0xC6120002), 80, IpAddress.FromIPv4(0xC6120001), 65_535),
        new(TcpState.TimeWait, new IpAddress(0x2001_0DB8_0000_0000, 2), 7, new IpAddress(0x2001_0DB8_0000_0000, 1), 1),
    ];

    public override string Name => "filter";

    public override byte[] Generate(ulong number)
    {
        var dice = new Dice(Dice.Mix(number, 11));
        return Samples.Words(ref dice, Words, dice.OneIn(8) ? 300 : 20);
    }

    public override int Run(ReadOnlySpan<byte> input, Features features)
    {
        var words = Encoding.UTF8.GetString(input);
        if (!SocketFilter.TryParse([words], out var filter, out var problem))
        {
            features.Add("refused");
            features.Hit(110, problem.Length);
            Require(
                problem.StartsWith("filter: ", StringComparison.Ordinal), "filter: problem",
                "It is refused without a reason.");
            return 1;
        }

        features.Add("taken");
        var matches = Sockets.Aggregate(0, (set, socket) => (set << 1) | (filter.Matches(socket) ? 1 : 0));
        features.Hit(111, matches);
        // The same words in parentheses are the same filter, unless they choose states or are too deep.
        if (SocketFilter.TryParse([$"( {words} )"], out var same, out _))
        {
            Require(
                Sockets.Aggregate(0, (set, socket) => (set << 1) | (same.Matches(socket) ? 1 : 0)) == matches,
                "filter: parentheses", $"'{words}' in parentheses takes other connections.");
        }

        return 1;
    }
}
