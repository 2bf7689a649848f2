using UserTcp.Engine.Contract;
using UserTcp.Impairment;
using UserTcp.Wire;

namespace UserTcp.Simulation.World;

/// <summary>
/// A connection of the model: go-back-N with a fixed timeout. It buffers nothing: it can generate its data again, it
/// checks received data at once, and it drops data out of order.
/// </summary>
internal sealed class ModelConnection
{
    private const int Burst = 6;
    private const int MaxSynRetransmissions = 8;
    private const int SmallPayload = 16;
    private const int MaxOverlap = 64;
    private const int WindowDecision = 8;

    private const int MaxBackoff = 5;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    private readonly ModelStation _station;
    private readonly ModelPlan _model;
    private readonly FourTuple _tuple;
    private readonly SeqNum _iss;
    private readonly SeqNum _irs;
    private readonly int _mss;
    private SeqNum _una;
    private SeqNum _nxt;
    private SeqNum _rcvNxt;
    private SeqNum _ackedTo;
    private uint _peerWindow;
    private ushort _window;
    private bool _isOpen;
    private bool _finSent;
    private bool _finReceived;
    private bool _mustAck;
    private int _retransmissions;
    private long _decisions;
    private MonotonicTime _retransmitAt = MonotonicTime.Never;
    private MonotonicTime _ackAt = MonotonicTime.Never;
    private MonotonicTime _reopenAt = MonotonicTime.Never;

    public ModelConnection(
        ModelStation station, ModelPlan model, FlowEnd end, FourTuple tuple, SeqNum iss, in TcpSegment syn)
    {
        _station = station;
        _model = model;
        _tuple = tuple;
        _iss = _una = iss;
        _nxt = iss + 1;
        End = end;
        _irs = syn.Seq;
        _rcvNxt = _ackedTo = syn.Seq + 1;
        _peerWindow = syn.Window;
        _window = (ushort)model.Window;
        var own = station.Plan.Mtu - IpHeader.LengthFor(tuple.LocalAddress) - TcpHeader.MinLength;
        _mss = Math.Min(syn.ParseOptions().Mss ?? 536, own);
        SendSyn();
    }

    public FlowEnd End { get; }

    /// <summary>The connection was reset, so further segments get a RST.</summary>
    public bool IsDead { get; private set; }

    public bool IsOver => IsDead || End.IsClosed;

    public MonotonicTime NextDeadline =>
        IsDead ? MonotonicTime.Never : MonotonicTime.Min(_retransmitAt, MonotonicTime.Min(_ackAt, _reopenAt));

    private SimulatedWorld World => _station.World;

    /// <summary>SND.NXT after all data, before FIN.</summary>
    private SeqNum DataEnd => _iss + 1 + (uint)End.Plan.Octets;

    private bool MayFinish => End.Plan.Ending != Ending.ShutdownAfterEnd || _finReceived;

    public bool IsReplaceableBy(SeqNum seq) => seq != _irs && IsOver;

    public void Receive(in TcpSegment segment)
    {
        if (IsDead)
            return;
        if (segment.Has(TcpFlags.Rst))
        {
            if (segment.Seq == _rcvNxt)
                Die(EngineError.ConnectionReset);
            return;
        }

        if (segment.Has(TcpFlags.Syn))
        {
            if (_isOpen)
                _mustAck = true;
            else if (segment.Seq == _irs)
                SendSyn();
            return;
        }

        if (segment.Has(TcpFlags.Ack) && ProcessAck(segment) && _isOpen)
            ProcessData(segment);
    }

    public void OnTimer()
    {
        var now = World.Now;
        if (_reopenAt <= now)
        {
            _reopenAt = MonotonicTime.Never;
            _window = (ushort)_model.Window;
            _mustAck = true;
        }

        if (_ackAt <= now)
        {
            _ackAt = MonotonicTime.Never;
            _mustAck = true;
        }

        if (_retransmitAt <= now)
            Retransmit();
    }

    public void Turn()
    {
        if (IsDead)
            return;
        if (_isOpen)
            SendNew();
        if (_mustAck)
            SendAck(_rcvNxt);
        _mustAck = false;
        var waits = _una != _nxt || (_isOpen && _nxt != DataEnd && !_finSent);
        if (!waits || IsOver)
            _retransmitAt = MonotonicTime.Never;
        else if (_retransmitAt == MonotonicTime.Never)
            _retransmitAt = World.Now + (Timeout * (1 << Math.Min(_retransmissions, MaxBackoff)));
        if (_isOpen && _finSent && _una == _nxt && _finReceived && !End.IsClosed)
            End.Close(EngineError.None);
    }

    public void OnHealed()
    {
        _window = (ushort)_model.Window;
        _mustAck = _isOpen && !IsDead;
    }

    public void GiveUp()
    {
        End.HasLeft = true;
        Die(EngineError.ConnectionAborted);
    }

    private void Die(EngineError error)
    {
        IsDead = true;
        _retransmitAt = _ackAt = _reopenAt = MonotonicTime.Never;
        if (_isOpen && !End.IsClosed)
            End.Close(error);
    }

    private bool ProcessAck(in TcpSegment segment)
    {
        if (segment.Ack < _una - (1 << 20) || segment.Ack > _nxt)
            return false;
        if (!_isOpen)
        {
            if (segment.Ack != _iss + 1)
                return false;
            _isOpen = true;
            End.Flow.IsAccepted = true;
            End.Written = End.Plan.Octets;
        }

        if (segment.Ack > _una)
        {
            _una = segment.Ack;
            _retransmissions = 0;
            _retransmitAt = MonotonicTime.Never;
        }

        _peerWindow = segment.Window;
        return true;
    }

    private void ProcessData(in TcpSegment segment)
    {
        var before = _rcvNxt;
        var skip = _rcvNxt - segment.Seq;
        if (skip >= 0 && skip <= segment.Payload.Length)
        {
            var data = segment.Payload[skip..];
            var fits = Math.Min(data.Length, _window);
            if (fits < data.Length)
                World.Tally.Add(Happening.DataDiscarded);
            End.Deliver(data[..fits]);
            World.OctetsChecked += fits;
            _rcvNxt += fits;
            if (segment.Has(TcpFlags.Fin) && fits == data.Length && !_finReceived)
            {
                _rcvNxt += 1;
                _finReceived = true;
                End.ReadEnd();
            }
        }
        else if (skip < 0 && !segment.Payload.IsEmpty)
        {
            World.Tally.Add(Happening.DataDiscarded);
        }

        if (segment.Length > 0 || segment.Seq != _rcvNxt)
            ScheduleAck(before);
    }

    private void ScheduleAck(SeqNum before)
    {
        if (_model.ShrinksWindow && !World.IsHealed)
            ChangeWindow(before);
        if (_model.DividesAcks)
        {
            for (var ack = before + 1 + (uint)((_rcvNxt - before) / 3); ack < _rcvNxt;
                ack += Math.Max((_rcvNxt - before) / 3, 1))
            {
                World.Tally.Add(Happening.DividedAck);
                SendAck(ack);
            }
        }

        if (_model.DelayedAck == TimeSpan.Zero || _rcvNxt == before)
            _mustAck = true;
        else if (_ackAt == MonotonicTime.Never)
            _ackAt = World.Now + _model.DelayedAck;
    }

    /// <summary>Draws a new window. A closed one opens again after up to a second.</summary>
    private void ChangeWindow(SeqNum before)
    {
        var edge = before + _window;
        var choice = World.Decide(WindowDecision, (End.Flow.Plan.Id * 1_000_000L) + _decisions++);
        _window = (choice & 7) == 0 ? (ushort)0 : (ushort)(1 + SplitMix64.ToRange(choice, _model.Window));
        if (_rcvNxt + _window < edge)
            World.Tally.Add(Happening.WindowShrunk);
        if (_window == 0)
            _reopenAt = World.Now + TimeSpan.FromMilliseconds(1 + SplitMix64.ToRange(choice >> 8, 1000));
    }

    private void SendNew()
    {
        var segments = new List<(SeqNum From, int Length)>();
        while (_nxt < DataEnd && segments.Count < Burst && _nxt - _una < (int)_peerWindow && _nxt - _una < Burst * _mss)
        {
            var max = _model.SmallSegments ? SmallPayload : _mss;
            var length = Math.Min(Math.Min(max, DataEnd - _nxt), (int)_peerWindow - (_nxt - _una));
            segments.Add((_nxt, length));
            _nxt += length;
        }

        if (_model.SendsBackwards && segments.Count > 1)
        {
            World.Tally.Add(Happening.BackwardsFlight);
            segments.Reverse();
        }

        foreach (var (from, length) in segments)
            SendData(from, length, fin: false);
        if (_nxt != DataEnd || _finSent || !MayFinish || _nxt - _una >= (int)_peerWindow)
            return;
        if (End.Plan.Ending == Ending.Abort)
        {
            Abort();
            return;
        }

        _finSent = true;
        End.HasShutDown = true;
        _nxt += 1;
        SendData(DataEnd, 0, fin: true);
    }

    private void Abort()
    {
        End.Flow.ExcuseFor("aborted");
        End.HasLeft = true;
        World.Send(_station, Frames.Tcp(_tuple, Header(_nxt, TcpFlags.Rst | TcpFlags.Ack), default, default));
        Die(EngineError.ConnectionAborted);
    }

    private void Retransmit()
    {
        _retransmitAt = MonotonicTime.Never;
        _retransmissions++;
        if (!_isOpen)
        {
            if (_retransmissions > MaxSynRetransmissions)
                Die(EngineError.TimedOut);
            else
                SendSyn();
            return;
        }

        // The zero-window probe is one byte (RFC 9293 section 3.8.6.1).
        if (_una == _nxt && _nxt < DataEnd)
            _nxt += 1;
        var from = _una;
        for (var i = 0; i < Burst && from < _nxt; i++)
        {
            var length = Math.Clamp(SeqNum.Min(DataEnd, _nxt) - from, 0, _model.SmallSegments ? SmallPayload : _mss);
            if (_peerWindow == 0)
                length = Math.Min(length, 1);
            var fin = _finSent && from + length == DataEnd;
            SendData(from, length, fin);
            from += length + (fin ? 1 : 0);
        }
    }

    private void SendData(SeqNum from, int length, bool fin)
    {
        // The overlap precedes the new data, so it has been sent before.
        var overlap = _model.Overlaps
            ? Math.Clamp(from - (_iss + 1), 0, Math.Min(MaxOverlap, Math.Max(_mss - length, 0)))
            : 0;
        if (overlap > 0)
            World.Tally.Add(Happening.Overlap);
        var payload = new byte[length + overlap];
        End.Sends.Fill(payload, from - overlap - (_iss + 1));
        var flags = TcpFlags.Ack | (fin ? TcpFlags.Fin : 0) | (length > 0 ? TcpFlags.Psh : 0);
        World.Send(_station, Frames.Tcp(_tuple, Header(from - overlap, flags), default, payload));
        _ackedTo = _rcvNxt;
        _mustAck = false;
        _ackAt = MonotonicTime.Never;
    }

    private void SendSyn()
    {
        var own = (ushort)(_station.Plan.Mtu - IpHeader.LengthFor(_tuple.LocalAddress) - TcpHeader.MinLength);
        var options = new TcpOptions { Mss = _model.OmitsMss ? null : own };
        World.Send(_station, Frames.Tcp(_tuple, Header(_iss, TcpFlags.Syn | TcpFlags.Ack), options, default));
    }

    private void SendAck(SeqNum ack)
    {
        if (ack < _ackedTo)
            return;
        _ackedTo = ack;
        World.Send(_station, Frames.Tcp(_tuple, Header(_nxt, TcpFlags.Ack) with { Ack = ack }, default, default));
    }

    private TcpHeader Header(SeqNum seq, TcpFlags flags) =>
        new(_tuple.LocalPort, _tuple.RemotePort, seq, _rcvNxt, flags, _window);
}
