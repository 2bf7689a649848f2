using UserTcp.Differential.Scripts;
using UserTcp.Differential.Stacks;
using UserTcp.Wire;

namespace UserTcp.Differential.Comparing;

/// <summary>Runs a script on one stack and records the answer to each step.</summary>
internal sealed class Session : IDisposable
{
    private readonly IStackUnderTest _stack;
    private readonly Peer _peer;
    private readonly List<byte[]> _frames = [];
    private bool _isBroken;
    private bool _hasSyn;
    private long _given;
    private long _taken;

    public Session(IStackUnderTest stack, Script script)
    {
        _stack = stack;
        _peer = new Peer(stack.Begin(script), new SeqNum(script.PeerStart));
    }

    /// <summary>
    /// The position of the step's segment after all steps before it; null for a step without a segment.
    /// </summary>
    public Place? Locate(Step step) => step is InjectStep inject ? _peer.Locate(inject) : null;

    /// <summary>Runs a step. An exception is an answer too, and ends the stack's part in the script.</summary>
    public Answer Do(Step step)
    {
        if (_isBroken)
            return Answer.None;
        try
        {
            return DoNow(step);
        }
        catch (Exception exception) when (_stack is EngineStack)
        {
            _isBroken = true;
            return new Answer($"throws {exception.GetType().Name}: {exception.Message}", [], LinuxNames.State(null));
        }
    }

    public void Dispose()
    {
        if (!_isBroken)
            _stack.Inject(_peer.LastReset());
        _stack.End();
    }

    private Answer DoNow(Step step)
    {
        string? result = null;
        var place = Locate(step);
        _peer.SayNothing();
        switch (step)
        {
            case InjectStep inject:
                _stack.Inject(_peer.Frame(inject));
                break;
            case CallStep call:
                result = Call(call);
                break;
            case WaitStep wait:
                _stack.Wait(wait.Time);
                break;
        }

        _frames.Clear();
        _stack.Collect(_frames);
        var sent = Normaliser.Normalise(_frames.Select(_peer.Read).OfType<SentSegment>());
        // The edge differs between the stacks, and so does the answer to a segment there without a connection.
        if (step is InjectStep { Seq.From: NumberBase.Edge } atEdge)
        {
            sent = [.. sent.Select(segment => segment.Flags == (TcpFlags.Rst | TcpFlags.Ack)
                ? segment with { Ack = segment.Ack - place!.FromIrs }
                : segment)];
        }

        // Linux runs in real time and retransmits its SYN early after a wrong answer: that SYN answers no step.
        if (step is not WaitStep)
            sent.RemoveAll(segment => segment.Flags == TcpFlags.Syn && _hasSyn);
        _hasSyn |= sent.Any(segment => segment.Flags == TcpFlags.Syn);
        if (step is CallStep { Call: UserCall.Receive })
            sent.RemoveAll(segment => segment.IsBareAck && !segment.HasZeroWindow);
        return new Answer(result, sent, LinuxNames.State(_stack.State()));
    }

    private string Call(CallStep step)
    {
        var result = step.Call switch
        {
            UserCall.Listen => _stack.Listen(),
            UserCall.Unlisten => _stack.Unlisten(),
            UserCall.Connect => _stack.Connect(),
            UserCall.Accept => _stack.Accept(),
            UserCall.Shutdown => _stack.Shutdown(),
            UserCall.Close => _stack.Close(abort: false),
            UserCall.Abort => _stack.Close(abort: true),
            UserCall.NoDelay => _stack.SetNoDelay(),
            UserCall.KeepAlive => _stack.SetKeepAlive(),
            UserCall.Send => Send(step.Argument),
            UserCall.Receive => Receive(step.Argument, out var isRight) is var count && isRight ? count : long.MaxValue,
            _ => throw new ArgumentOutOfRangeException(nameof(step)),
        };
        if (step.Call == UserCall.Accept && result == 0)
            (_given, _taken) = (0, 0);
        return result == long.MaxValue ? "wrong data" : LinuxNames.Result(result);
    }

    private long Send(int count)
    {
        var octets = new byte[count];
        for (var i = 0; i < count; i++)
            octets[i] = Peer.OctetAt(_given + i);
        var result = _stack.Send(octets);
        _given += Math.Max(result, 0);
        return result;
    }

    private long Receive(int count, out bool isRight)
    {
        var octets = new byte[count];
        var result = _stack.Receive(octets);
        isRight = true;
        for (var i = 0; i < result; i++)
            isRight &= octets[i] == Peer.OctetAt(_taken + i);
        _taken += Math.Max(result, 0);
        return result;
    }
}
