using System.Runtime.InteropServices;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Timers;

namespace UserTcp.Engine.Recovery;

/// <summary>SRTT, RTTVAR and RTO (RFC 6298), from a measurement with each ACK that tells of one (RFC 7323 section 4).</summary>
internal struct RttEstimator
{
    // RFC 6298 section 5.7.
    private static readonly TimeSpan RtoAfterLostSyn = TimeSpan.FromSeconds(3);

    // What the path was like that long ago says nothing of today's; Linux forgets as soon (tcp_min_rtt_wlen).
    private static readonly TimeSpan MinRttWindow = TimeSpan.FromMinutes(5);

    private MonotonicTime _minRttSince;
    private byte _backoff;
    private bool _isSynLost;

    /// <summary>One that has been packed.</summary>
    public RttEstimator(
        TimeSpan smoothed, TimeSpan variation, TimeSpan minRtt, MonotonicTime minRttSince, byte backoff, bool isSynLost)
    {
        (Srtt, RttVar, MinRtt) = (smoothed, variation, minRtt);
        (_minRttSince, _backoff, _isSynLost) = (minRttSince, backoff, isSynLost);
    }

    /// <summary>When <see cref="MinRtt"/> was measured.</summary>
    public readonly MonotonicTime MinRttSince => _minRttSince;

    /// <summary>How many times the timeout has been doubled.</summary>
    public readonly byte Backoff => _backoff;

    /// <summary>The SYN timed out (RFC 6298 section 5.7).</summary>
    public readonly bool IsSynLost => _isSynLost;

    public TimeSpan Srtt { get; private set; }

    public TimeSpan RttVar { get; private set; }

    /// <summary>The shortest round trip of the last minutes; zero before there was one.</summary>
    public TimeSpan MinRtt { get; private set; }

    /// <summary>The retransmission timeout, backed off.</summary>
    public readonly TimeSpan Rto(EngineOptions options) =>
        TimeSpan.FromTicks(Math.Clamp(BaseTicks(options) << _backoff, options.MinRto.Ticks, options.MaxRto.Ticks));

    /// <summary>A round trip of something that was sent once, for <see cref="MinRtt"/>.</summary>
    public void UpdateMinRtt(TimeSpan roundTrip, MonotonicTime now)
    {
        if (MinRtt != TimeSpan.Zero && roundTrip > MinRtt && now - _minRttSince < MinRttWindow)
            return;
        MinRtt = Max(roundTrip, TimeSpan.FromTicks(1));
        _minRttSince = now;
    }

    /// <summary>Doubles the timeout (RFC 6298 section 5.5).</summary>
    public void BackOff(EngineOptions options)
    {
        if (Rto(options) < options.MaxRto)
            _backoff++;
    }

    /// <summary>The SYN timed out, so the first data starts with at least 3 s (RFC 6298 section 5.7).</summary>
    public void OnHandshakeRetransmitted()
    {
        _isSynLost = true;
        _backoff = 0;
    }

    /// <summary>
    /// A round trip has been measured, never from something that was sent twice unless timestamps tell which of them it was (Karn's
    /// algorithm, MUST-18). <paramref name="expectedSamples"/> is how many measurements there are in a round trip.
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
            // RFC 6298 section 2.3: beta 1/4 and alpha 1/8, RTTVAR before SRTT; shared among the measurements of a round trip, which
            // would forget too soon otherwise (RFC 7323 appendix G).
            var (alpha, beta) = (8 * expectedSamples, 4 * expectedSamples);
            RttVar = (((beta - 1) * RttVar) + (Srtt - rtt).Duration()) / beta;
            Srtt = Max((((alpha - 1) * Srtt) + rtt) / alpha, TimeSpan.FromTicks(1));
        }

        _backoff = 0;
    }

    /// <summary>
    /// The retransmission timeout before any backoff (RFC 6298 sections 2.1 to 2.4). Worked out for every segment, so in ticks: a
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

    /// <summary>False when a time is longer than 32 bits hold in ticks of 100 ns, which is seven minutes.</summary>
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
        TimeSpan.FromTicks(_srtt), TimeSpan.FromTicks(_rttVar), TimeSpan.FromTicks(_minRtt), _minRttSince.Unpack(reference), _backoff,
        _isSynLost);

    private static bool IsShort(TimeSpan span) => span.Ticks is >= 0 and <= uint.MaxValue;
}
