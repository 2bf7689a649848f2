using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Kit;

/// <summary>A connection with SACK. Sequence numbers are relative to IRS, as in the RFCs' examples.</summary>
internal sealed class SackScript
{
    /// <param name="irs">IRS.</param>
    /// <param name="permits">The peer's SYN permits SACK.</param>
    /// <param name="options">The engine's options.</param>
    /// <param name="first">The relative sequence number of the first byte of data.</param>
    public SackScript(uint irs = Isn.BeforeHalf, bool permits = true, EngineOptions? options = null, uint first = 1)
    {
        options ??= new EngineOptions();
        options.Sack = true;
        Script = new Script(options, irs, cookies: SynCookieMode.Never);
        var synAck = Script.Accept(
            options: new ConnectionOptions { NoDelay = true }, offer: new TcpOptions { SackPermitted = permits });
        Assert.Equal(permits, synAck.Options.SackPermitted);
        Script.Irs = new SeqNum(unchecked(irs - (first - 1)));
    }

    public Script Script { get; }

    /// <summary>The peer sends [from, to); expects an ACK with these blocks: "1000-1500 2000-2500".</summary>
    public void InjectAndExpect(uint from, uint to, uint ack, string sack)
    {
        Inject(from, to);
        ExpectAck(ack, sack);
    }

    public void Inject(uint from, uint to) => Script.InjectBytes(TcpFlags.Ack, from, ack: 1, DataOf(from, to));

    public void ExpectAck(uint ack, string sack)
    {
        var sent = Script.Expect(TcpFlags.Ack, ack: ack, length: 0);
        Assert.Equal(sack, Blocks(sent.Options));
        Script.ExpectNothing();
    }

    public string Blocks(TcpOptions options)
    {
        var blocks = Enumerable.Range(0, options.Sack.Count).Select(i => options.Sack[i]);
        return unchecked(string.Join(
            ' ', blocks.Select(b => $"{b.Left.Value - Script.Irs.Value}-{b.Right.Value - Script.Irs.Value}")));
    }

    /// <summary>Asserts that the application reads [from, to).</summary>
    public void AssertReads(uint from, uint to) =>
        Assert.Equal(DataOf(from, to), System.Text.Encoding.Latin1.GetBytes(Script.Read()));

    private static byte[] DataOf(uint from, uint to) =>
        [.. Enumerable.Range((int)from, (int)(to - from)).Select(i => (byte)('a' + (i % 23)))];
}
