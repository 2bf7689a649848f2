using System.Buffers;
using System.Text;
using UserTcp.Cli.Services;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>Heads that the responder on 8080 takes, and those that it refuses (RFC 9112).</summary>
public sealed class PlaintextHeadTests
{
    private const string Good = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    public static TheoryData<string, string> Heads => new()
    {
        { Good, "Body" },
        { "\r\n" + Good, "Body" },
        { "GET /a?b HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n", "Body" },
        { "GET / HTTP/1.1\r\nHost: a\r\nX-Note: Connection: close\r\n\r\n", "Body" },
        { "GET / HTTP/1.1\r\nHost:\t a \t\r\nContent-Length: 00\r\n\r\n", "Body" },
        { "GET / HTTP/1.1\r\nHost: a\r\nX: caf\u00e9\r\nY:\r\n\r\n", "Body" },
        { "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", "NoBody" },
        { "HEAD / HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n", "NoBodyAndClose" },
        { "GET / HTTP/1.1\r\nHost: a\r\nCONNECTION:close \r\n\r\n", "BodyAndClose" },
        { "GET / HTTP/1.1\r\nHost: a\r\nConnection: x ,\tclose, y\r\n\r\n", "BodyAndClose" },
        { "GET / HTTP/1.1\r\nHost: a\r\nConnection: x\r\nConnection: close\r\n\r\n", "BodyAndClose" },
        { "GET / HTTP/1.0\r\n\r\n", "BodyAndClose" },

        // Bodies, and what could be taken for one or for none.
        { "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 40\r\n\r\n", "ContentTooLarge" },
        { "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999999\r\n\r\n", "ContentTooLarge" },
        { "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", "BadRequest" },
        { "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n", "BadRequest" },
        { "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0, 0\r\n\r\n", "BadRequest" },
        { "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -0\r\n\r\n", "BadRequest" },
        { "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +0\r\n\r\n", "BadRequest" },
        { "GET / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", "BadRequest" },
        { "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x0\r\n\r\n", "BadRequest" },
        { "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n", "BadRequest" },
        { "GET / HTTP/1.1\r\nHost: a\r\ntransfer-encoding: chunked\r\n\r\n", "NotImplemented" },
        { "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n", "BadRequest" },

        // Lines and fields.
        { "GET / HTTP/1.1\nHost: a\n\n", "BadRequest" },
        { "GET / HTTP/1.1\r\nHost: a\n\r\n", "BadRequest" },
        { "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", "BadRequest" },
        { "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", "BadRequest" },
        { "GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n", "BadRequest" },
        { "GET / HTTP/1.1\r\nHost: a\r\nX: \u007f\r\n\r\n", "BadRequest" },
        { "GET / HTTP/1.1\r\nHost : a\r\n\r\n", "BadRequest" },
        { "GET / HTTP/1.1\r\n Host: a\r\n\r\n", "BadRequest" },
        { "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", "BadRequest" },
        { "GET / HTTP/1.1\r\nHost: a\r\nnothing\r\n\r\n", "BadRequest" },
        { "GET / HTTP/1.1\r\n\r\n", "BadRequest" },
        { "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", "BadRequest" },
        { "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", "BadRequest" },

        // Request lines.
        { "\r\n\r\n", "BadRequest" },
        { "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "BadRequest" },
        { "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", "BadRequest" },
        { " GET / HTTP/1.1\r\nHost: a\r\n\r\n", "BadRequest" },
        { "GET /\u00e9 HTTP/1.1\r\nHost: a\r\n\r\n", "BadRequest" },
        { "GET /\t/ HTTP/1.1\r\nHost: a\r\n\r\n", "BadRequest" },
        { "GET HTTP/1.1\r\nHost: a\r\n\r\n", "BadRequest" },
        { "GET / http/1.1\r\nHost: a\r\n\r\n", "BadRequest" },
        { "GET / HTTP/1.10\r\nHost: a\r\n\r\n", "BadRequest" },
        { "G@T / HTTP/1.1\r\nHost: a\r\n\r\n", "BadRequest" },
        { "PRI * HTTP/2.0\r\n\r\n", "VersionNotSupported" },
        { "GET / HTTP/1.2\r\nHost: a\r\n\r\n", "VersionNotSupported" },
        { "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 36\r\n\r\n", "MethodNotAllowed" },
        { "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", "MethodNotAllowed" },
        { "get / HTTP/1.1\r\nHost: a\r\n\r\n", "NotImplemented" },
        { "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", "NotImplemented" },
    };

    [Theory]
    [MemberData(nameof(Heads))]
    public void A_head_gets_its_answer_whatever_follows_it_and_whatever_pieces_it_comes_in(string head, string answer)
    {
        var bytes = Encoding.Latin1.GetBytes(head);
        var isTaken = answer is "Body" or "NoBody" or "BodyAndClose" or "NoBodyAndClose";

        Assert.True(PlaintextHead.TryParse(bytes, out var whole, out var length));
        Assert.True(PlaintextHead.TryParse(
            [.. bytes, .. "GET /smuggled HTTP/1.1\r\n\r\n"u8], out var followed, out var followedLength));
        var pieces = InPieces(bytes);
        var output = new ArrayBufferWriter<byte>();
        var isAnswered = PlaintextService.TryAnswer(ref pieces, output, out _) || output.WrittenCount > 0;

        Assert.Equal((answer, answer), (whole.ToString(), followed.ToString()));
        Assert.Equal(isTaken ? bytes.Length : 0, length);
        Assert.Equal(length, followedLength);
        Assert.True(isAnswered);
        Assert.Equal(isTaken ? 0 : bytes.Length, pieces.Length);
    }

    [Fact]
    public void A_head_that_is_not_whole_is_waited_for()
    {
        var bytes = Encoding.ASCII.GetBytes(Good);

        Assert.All(
            Enumerable.Range(0, bytes.Length),
            length => Assert.False(PlaintextHead.TryParse(bytes.AsSpan(0, length), out _, out _)));
    }

    [Theory]
    [InlineData(PlaintextHead.MaxLength, "Body")]
    [InlineData(PlaintextHead.MaxLength + 1, "HeadTooLarge")]
    [InlineData(100_000, "HeadTooLarge")]
    public void A_head_has_a_largest_length(int length, string answer)
    {
        const string Start = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
        var bytes = Encoding.ASCII.GetBytes(Start + new string('x', length - Start.Length - 4) + "\r\n\r\n");

        Assert.True(PlaintextHead.TryParse(bytes, out var found, out _));
        Assert.Equal(answer, found.ToString());
    }

    [Fact]
    public void A_line_without_end_is_refused_as_soon_as_it_is_too_long()
    {
        var bytes = new byte[PlaintextHead.MaxLength + 1];
        bytes.AsSpan().Fill((byte)'x');

        Assert.False(PlaintextHead.TryParse(bytes.AsSpan(1), out _, out _));
        Assert.True(PlaintextHead.TryParse(bytes, out var answer, out _));
        Assert.Equal(PlaintextAnswer.HeadTooLarge, answer);
    }

    [Fact]
    public void Nothing_is_allocated()
    {
        var heads =
            Heads.Select(row => Encoding.Latin1.GetBytes((string)((ITheoryDataRow)row).GetData()[0]!)).ToArray();
        var isDone = true;
        Assert.Equal(0, Allocations.Of(() =>
        {
            foreach (var head in heads)
                isDone &= PlaintextHead.TryParse(head, out _, out _);
        }));
        Assert.True(isDone);
    }

    [Fact]
    public void Whatever_comes_is_answered_or_waited_for()
    {
        var random = new Random(8080);
        var heads =
            Heads.Select(row => Encoding.Latin1.GetBytes((string)((ITheoryDataRow)row).GetData()[0]!)).ToArray();
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = (byte[])heads[random.Next(heads.Length)].Clone();
            for (var change = random.Next(4); change >= 0; change--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);

            var isDone = PlaintextHead.TryParse(bytes, out var answer, out var length);

            Assert.InRange(length, 0, bytes.Length);
            Assert.True(
                !isDone || answer > PlaintextAnswer.NoBodyAndClose || bytes.AsSpan(0, length).EndsWith("\r\n\r\n"u8));
        }
    }

    private static ReadOnlySequence<byte> InPieces(byte[] bytes)
    {
        var first = new Piece(bytes.AsMemory(0, bytes.Length / 2), 0);
        var second = first.Follow(bytes.AsMemory(bytes.Length / 2));
        return new ReadOnlySequence<byte>(first, 0, second, second.Memory.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, long index) => (Memory, RunningIndex) = (memory, index);

        public Piece Follow(ReadOnlyMemory<byte> memory)
        {
            var piece = new Piece(memory, RunningIndex + Memory.Length);
            Next = piece;
            return piece;
        }
    }
}
