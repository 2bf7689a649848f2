using System.Runtime.InteropServices;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Timers;

namespace UserTcp.Engine.Recovery;

/// <summary>SRTT, RTTVAR and RTO (RFC 6298), measured with each ACK that reports an RTT (RFC 7323 section 4).</summary>
internal struct RttEstimator
{
    // RFC 6298 section 5.7.
    private static readonly TimeSpan RtoAfterLostSyn = TimeSpan.FromSeconds(3);

    // Linux: tcp_min_rtt_wlen.
    private static readonly TimeSpan MinRttWindow = TimeSpan.FromMinutes(5);

    private MonotonicTime _minRttSince;
    private byte _backoff;
    private bool _isSynLost;

    /// <summary>Restores a packed estimator.</summary>
    public RttEstimator(
        TimeSpan smoothed, TimeSpan variation, TimeSpan minRtt, MonotonicTime minRttSince, byte backoff, bool isSynLost)
    {
        (Srtt, RttVar, MinRtt) = (smoothed, variation, minRtt);
        (_minRttSince, _backoff, _isSynLost) = (minRttSince, backoff, isSynLost);
    }

    /// <summary>When <see cref="MinRtt"/> was measured.</summary>
    public readonly MonotonicTime MinRttSince => _minRttSince;

    /// <summary>How often RTO has been doubled.</summary>
    public readonly byte Backoff => _backoff;

    /// <summary>The SYN timed out (RFC 6298 section 5.7).</summary>
    public readonly bool IsSynLost => _isSynLost;

    public TimeSpan Srtt { get; private set; }

    public TimeSpan RttVar { get; private set; }

    /// <summary>The minimum RTT of the last five minutes; zero before the first.</summary>
    public TimeSpan MinRtt { get; private set; }

    /// <summary>RTO, with its backoff.</summary>
    public readonly TimeSpan Rto(EngineOptions options) =>
        TimeSpan.FromTicks(Math.Clamp(BaseTicks(options) << _backoff, options.MinRto.Ticks, options.MaxRto.Ticks));

    /// <summary>Takes the RTT of data sent once into <see cref="MinRtt"/>.</summary>
    public void UpdateMinRtt(TimeSpan roundTrip, MonotonicTime now)
    {
        if (MinRtt != TimeSpan.Zero && roundTrip > MinRtt && now - _minRttSince < MinRttWindow)
            return;
        MinRtt = Max(roundTrip, TimeSpan.FromTicks(1));
        _minRttSince = now;
    }

    /// <summary>Doubles RTO (RFC 6298 section 5.5).</summary>
    public void BackOff(EngineOptions options)
    {
        if (Rto(options) < options.MaxRto)
            _backoff++;
    }

    /// <summary>The SYN timed out: the first RTO of data is 3 s or more (RFC 6298 section 5.7).</summary>
    public void OnHandshakeRetransmitted()
    {
        _isSynLost = true;
        _backoff = 0;
    }

    /// <summary>
    /// Takes an RTT sample. Data sent twice gives one only when timestamps show which transmission was acknowledged
    /// (Karn's algorithm, MUST-18). <paramref name="expectedSamples"/> is the number of samples in one RTT.
    /// </summary>
    public void Measure(TimeSpan rtt, int expectedSamples = 1)
    {
        if (Srtt == TimeSpan.Zero)
        {
            // RFC 6298 section 2.2.
            Srtt = Max(rtt, TimeSpan.FromTicks(1));
            RttVar = rtt / 2;
        }
        else
        {
            // RFC 6298 section 2.3: beta 1/4 and alpha 1/8, RTTVAR before SRTT. The samples of one RTT share them, or
            // the history would be too short (RFC 7323 appendix G).
            var (alpha, beta) = (8 * expectedSamples, 4 * expectedSamples);
            RttVar = (((beta - 1) * RttVar) + (Srtt - rtt).Duration()) / beta;
            Srtt = Max((((alpha - 1) * Srtt) + rtt) / alpha, TimeSpan.FromTicks(1));
        }

        _backoff = 0;
    }

    /// <summary>
    /// RTO before backoff (RFC 6298 sections 2.1 to 2.4). In ticks, since it is computed for every segment and a
    /// <see cref="TimeSpan"/> multiplies in floating point.
    /// </summary>
    private readonly long BaseTicks(EngineOptions options)
    {
        if (Srtt == TimeSpan.Zero)
            return _isSynLost ? Math.Max(options.InitialRto.Ticks, RtoAfterLostSyn.Ticks) : options.InitialRto.Ticks;
        return Math.Max(Srtt.Ticks + Math.Max(options.ClockGranularity.Ticks, 4 * RttVar.Ticks), options.MinRto.Ticks);
    }

    private static TimeSpan Max(TimeSpan left, TimeSpan right) => left > right ? left : right;
}

/// <summary>The <see cref="RttEstimator"/> of a parked connection, in half the bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 2)]
internal struct PackedRtt
{
    private uint _srtt;
    private uint _rttVar;
    private uint _minRtt;
    private PackedTime _minRttSince;
    private byte _backoff;
    private bool _isSynLost;

    /// <summary>False when a time does not fit into 32 bits of 100 ns ticks, which is seven minutes.</summary>
    public static bool TryPack(in RttEstimator rtt, MonotonicTime reference, out PackedRtt packed)
    {
        packed = new PackedRtt
        {
            _srtt = unchecked((uint)rtt.Srtt.Ticks),
            _rttVar = unchecked((uint)rtt.RttVar.Ticks),
            _minRtt = unchecked((uint)rtt.MinRtt.Ticks),
            _backoff = rtt.Backoff,
            _isSynLost = rtt.IsSynLost,
        };
        return IsShort(rtt.Srtt) && IsShort(rtt.RttVar) && IsShort(rtt.MinRtt)
            && PackedTime.TryPack(rtt.MinRttSince, reference, out packed._minRttSince);
    }

    public readonly RttEstimator Unpack(MonotonicTime reference) => new(
        TimeSpan.FromTicks(_srtt), TimeSpan.FromTicks(_rttVar), TimeSpan.FromTicks(_minRtt),
        _minRttSince.Unpack(reference), _backoff, _isSynLost);

    private static bool IsShort(TimeSpan span) => span.Ticks is >= 0 and <= uint.MaxValue;
}
