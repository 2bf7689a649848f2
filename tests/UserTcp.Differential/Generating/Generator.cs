using UserTcp.Differential.Scripts;
using UserTcp.Wire;

namespace UserTcp.Differential.Generating;

/// <summary>
/// Generates a script from a seed. Numbers are relative to the stack's sent and acknowledged data, so that segments hit
/// corner cases: the window's edges, received data, outstanding data.
/// </summary>
internal sealed class Generator
{
    // Fits into any initial congestion window and into a receive buffer.
    private const int MaxSends = 6;
    private const int MaxDataSent = 5_000;
    private const int MaxDataInjected = 24_000;

    // Beyond any unscaled window, and long before the window.
    private const int Far = 200_000;

    // Before any timestamp of the script.
    private const int Late = 1_000;

    // Options reduce the payload within the link's MTU.
    private const int MaxDataInSyn = 1_400;
    private const int MaxDataBesideTimestamps = 1_448;

    private readonly Dice _dice;
    private readonly List<Step> _steps = [];
    private bool _hasListener;
    private bool _hasSocket;
    private bool _hasBeenInside;
    private int _sends;
    private int _dataSent;
    private int _dataInjected;

    private Generator(ulong seed) => _dice = new Dice(seed);

    public static Script FromSeed(ulong seed)
    {
        var generator = new Generator(seed);
        var (peer, stack) = (generator.Start(), generator.Start());
        generator.Open();
        generator.Somethings(14);
        if (generator._dice.Chance(50))
            generator.End();
        generator.Somethings(6);
        generator.Options();
        return new Script(generator._steps) { PeerStart = peer, StackStart = stack };
    }

    /// <summary>
    /// The options of the peer's SYNs, the same in all of them; with timestamps also the ages of segments.
    /// </summary>
    private void Options()
    {
        var (sack, timestamps) = (_dice.Chance(60), _dice.Chance(40));
        for (var i = 0; i < _steps.Count; i++)
        {
            if (_steps[i] is not InjectStep inject)
                continue;
            if (inject.Flags.HasFlag(TcpFlags.Syn))
            {
                _steps[i] = inject with
                {
                    PermitsSack = sack,
                    HasTimestamps = timestamps,
                    Data = Math.Min(inject.Data, MaxDataInSyn),
                };
            }
            else if (timestamps)
            {
                _steps[i] = inject with
                {
                    Age = _dice.Chance(5) ? Late : 0,
                    Data = Math.Min(inject.Data, MaxDataBesideTimestamps),
                };
            }
        }
    }

    /// <summary>Initial sequence numbers: just below 2^31 or 2^32, or random.</summary>
    private uint Start() =>
        _dice.Pick(uint.MaxValue - 3, uint.MaxValue - 700, 0x7FFF_FFFDu, 0x7FFF_FFFFu - 700, (uint)_dice.Next());

    private int? Scale => _dice.Chance(30) ? _dice.Pick(0, 1, 7, 14) : null;

    private int? Mss => _dice.Pick<int?>(null, 536, 1000, 1460, 1460, 1460);

    private int Window => _dice.Below(10) switch
    {
        0 => 0,
        1 => _dice.Pick(1, 100, 500, 1460, 3000),
        _ => InjectStep.DefaultWindow,
    };

    private void Open()
    {
        switch (_dice.Below(10))
        {
            case < 6:
                OpenPassively();
                break;
            case < 9:
                OpenActively();
                break;
            default:
                // Closed: no listener and no connection.
                break;
        }
    }

    private void OpenPassively()
    {
        Call(UserCall.Listen);
        _hasListener = true;
        if (_dice.Chance(15))
            Anything();
        Add(new InjectStep(TcpFlags.Syn, Number.At(0), Number.At(0)) { Mss = Mss, Scale = Scale });
        while (_dice.Chance(15))
            Anything();
        // The first window is zero or large: data queued behind small windows is segmented in many ways.
        Inject(
            TcpFlags.Ack | (_dice.Chance(5) ? TcpFlags.Fin : 0), Number.Acked(), Number.Sent(),
            _dice.Chance(20) ? Length() : 0);
        _steps[^1] = (InjectStep)_steps[^1] with { Window = _dice.Chance(10) ? 0 : InjectStep.DefaultWindow };
        Call(UserCall.Accept);
        _hasSocket = true;
        MaybeNoDelay();
    }

    private void OpenActively()
    {
        Call(UserCall.Connect);
        _hasSocket = true;
        while (_dice.Chance(20))
            Anything();
        if (_dice.Chance(12))
        {
            // Simultaneous open.
            Add(new InjectStep(TcpFlags.Syn, Number.At(0), Number.At(0)) { Mss = Mss, Scale = Scale });
            while (_dice.Chance(20))
                Anything();
            Inject(TcpFlags.Ack | (_dice.Chance(50) ? TcpFlags.Syn : 0), Number.At(_dice.Pick(0, 1)), Number.Sent(), 0);
        }
        else
        {
            Add(new InjectStep(TcpFlags.Syn | TcpFlags.Ack, Number.At(0), Number.Sent()) { Mss = Mss, Scale = Scale });
        }

        MaybeNoDelay();
    }

    private void MaybeNoDelay()
    {
        if (_dice.Chance(80))
            Call(UserCall.NoDelay);
    }

    private void Somethings(int max)
    {
        for (var i = _dice.Below(max + 1); i > 0; i--)
            Something();
    }

    /// <summary>Both ends close, in either order or simultaneously.</summary>
    private void End()
    {
        if (!_hasSocket)
            return;
        var hasPeerClosed = _dice.Chance(33);
        if (hasPeerClosed)
        {
            Inject(TcpFlags.Fin | TcpFlags.Ack, Number.Acked(), Number.Sent(), 0);
            Maybe();
        }

        Call(_dice.Chance(50) ? UserCall.Shutdown : UserCall.Close);
        _hasSocket = _steps[^1] is not CallStep { Call: UserCall.Close };
        Maybe();
        if (_dice.Chance(50))
        {
            Inject(TcpFlags.Ack, Number.Acked(), Number.Sent(), 0);
            Maybe();
        }

        if (!hasPeerClosed)
            Inject(TcpFlags.Fin | TcpFlags.Ack, Number.Acked(), Number.Sent(_dice.Chance(50) ? 0 : -1), 0);
        Maybe();
        if (_dice.Chance(50))
            Inject(TcpFlags.Ack, Number.Acked(), Number.Sent(), 0);
    }

    private void Maybe()
    {
        while (_dice.Chance(30))
            Something();
    }

    private void Something()
    {
        if (_dice.Chance(40) && (_hasSocket || _hasListener))
            UserDoes();
        else
            Anything();
    }

    private void UserDoes()
    {
        if (!_hasSocket)
        {
            if (_hasListener && _dice.Chance(30))
            {
                Call(UserCall.Unlisten);
                _hasListener = false;
            }

            return;
        }

        switch (_dice.Below(20))
        {
            case < 8:
                Send();
                break;
            case < 14:
                _steps.Add(new CallStep(UserCall.Receive) { Argument = _dice.Pick(1, 100, 5000, 60_000) });
                break;
            case < 16:
                Call(UserCall.Shutdown);
                break;
            case 16:
                Call(UserCall.NoDelay);
                break;
            case < 19:
                Call(UserCall.Close);
                _hasSocket = false;
                break;
            default:
                Call(UserCall.Abort);
                _hasSocket = false;
                break;
        }
    }

    private void Send()
    {
        var length = _dice.Pick(1, 10, 100, 536, 1000, 1460, 3000);
        if (_sends >= MaxSends || _dataSent + length > MaxDataSent)
            return;
        _sends++;
        _dataSent += length;
        _steps.Add(new CallStep(UserCall.Send) { Argument = length });
    }

    /// <summary>A random action of the peer, valid or not.</summary>
    private void Anything()
    {
        switch (_dice.Below(30))
        {
            case < 12:
                Inject(Flags(), Seq(), Ack(), Length());
                break;
            case < 19:
                Inject(TcpFlags.Ack, Number.Acked(), Ack(), 0);
                break;
            case < 22:
                Inject(
                    TcpFlags.Ack | TcpFlags.Fin, Number.Acked(_dice.Chance(25) ? 100 : 0), Ack(),
                    _dice.Chance(50) ? Length() : 0);
                break;
            case < 25:
                Inject(TcpFlags.Rst | (_dice.Chance(50) ? TcpFlags.Ack : 0), Seq(), Ack(), 0);
                break;
            case < 27:
                Inject(
                    TcpFlags.Syn | (_dice.Chance(40) ? TcpFlags.Ack : 0),
                    _dice.Chance(50) ? Seq() : Number.At(0), Ack(), 0);
                break;
            case 27:
                // Invalid combinations of flags.
                Inject((TcpFlags)(_dice.Next() & 0x1F), Seq(), Ack(), _dice.Chance(50) ? Length() : 0);
                break;
            default:
                // Duplicate ACKs: three start a retransmission.
                for (var i = 1 + _dice.Below(4); i > 0; i--)
                    Add(new InjectStep(TcpFlags.Ack, Number.Acked(), Number.Sent(-1 - (100 * _dice.Below(2)))));
                break;
        }
    }

    private TcpFlags Flags() => TcpFlags.Ack | (_dice.Chance(30) ? TcpFlags.Psh : 0);

    private Number Seq() => _dice.Below(20) switch
    {
        < 8 => Number.Acked(),
        >= 16 => Edge(),
        < 11 => Number.Acked(_dice.Pick(1, 10, 100, 1000, 1460)),
        < 14 => Number.Acked(-_dice.Pick(1, 10, 100, 1000, 1460)),
        14 => Number.Edge(Far),
        _ => Number.Acked(-Far),
    };

    /// <summary>
    /// The stacks may differ in the window's edge. So a script has one segment just inside the edge, and no other whose
    /// order relative to it differs between the stacks.
    /// </summary>
    private Number Edge()
    {
        if (_hasBeenInside)
            return Number.Edge();
        var offset = _dice.Pick(0, 0, -1, -100, -1460);
        _hasBeenInside = offset < 0;
        return Number.Edge(offset);
    }

    private Number Ack() => _dice.Below(16) switch
    {
        < 10 => Number.Sent(),
        < 13 when _dataSent > 0 || _dice.Chance(25) => Number.Sent(-_dice.Pick(1, 10, 100, 1000, 1460)),
        < 13 => Number.Sent(),
        13 => Number.Sent(_dice.Pick(1, 100)),
        14 => Number.Sent(-Far),
        _ => Number.Sent(Far),
    };

    private int Length() => _dice.Pick(1, 10, 100, 536, 1000, 1460);

    private void Inject(TcpFlags flags, Number seq, Number ack, int data)
    {
        if (_dataInjected + data > MaxDataInjected)
            data = 0;
        _dataInjected += data;
        Add(new InjectStep(flags, seq, ack) { Data = data, Window = Window });
    }

    private void Call(UserCall call) => _steps.Add(new CallStep(call));

    private void Add(InjectStep step) => _steps.Add(step);
}
