using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Sack;

/// <summary>A connection on which both SYNs permit SACK. Sequence numbers are relative to the peer's initial one, as the RFCs' examples write them.</summary>
internal sealed class SackScript
{
    /// <param name="irs">The peer's initial sequence number.</param>
    /// <param name="permits">The peer's SYN permits SACK.</param>
    /// <param name="options">The engine's options.</param>
    /// <param name="first">The sequence number of the first octet of text, relative.</param>
    public SackScript(uint irs = Isn.NearHalf, bool permits = true, EngineOptions? options = null, uint first = 1)
    {
        options ??= new EngineOptions();
        options.Sack = true;
        Script = new Script(options, unchecked(irs - (first - 1)), cookies: SynCookieMode.Never);
        Script.Listen(new ConnectionOptions { NoDelay = true });
        Script.Inject(TcpFlags.Syn, seq: first - 1, options: new TcpOptions { Mss = 1460, SackPermitted = permits });
        Assert.Equal(permits, Script.Expect(TcpFlags.Syn | TcpFlags.Ack, ack: first).Options.SackPermitted);
        Script.Inject(TcpFlags.Ack, seq: first, ack: 1);
        Script.AcceptWaiting();
    }

    public Script Script { get; }

    /// <summary>The peer sends [from, to), and the answer has to be the ACK with these blocks: "1000-1500 2000-2500".</summary>
    public void Receives(uint from, uint to, uint ack, string sack)
    {
        Arrives(from, to);
        Answers(ack, sack);
    }

    public void Arrives(uint from, uint to) => Script.InjectBytes(TcpFlags.Ack, from, ack: 1, DataOf(from, to));

    public void Answers(uint ack, string sack)
    {
        var sent = Script.Expect(TcpFlags.Ack, ack: ack, length: 0);
        Assert.Equal(sack, Blocks(sent.Options));
        Script.ExpectNothing();
    }

    public string Blocks(TcpOptions options)
    {
        var blocks = Enumerable.Range(0, options.Sack.Count).Select(i => options.Sack[i]);
        return unchecked(string.Join(' ', blocks.Select(b => $"{b.Left.Value - Script.Irs.Value}-{b.Right.Value - Script.Irs.Value}")));
    }

    /// <summary>The user has to have got [from, to).</summary>
    public void Reads(uint from, uint to) => Assert.Equal(DataOf(from, to), System.Text.Encoding.Latin1.GetBytes(Script.Read()));

    private static byte[] DataOf(uint from, uint to) => [.. Enumerable.Range((int)from, (int)(to - from)).Select(i => (byte)('a' + (i % 23)))];
}
