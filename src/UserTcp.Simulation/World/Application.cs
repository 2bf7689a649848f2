using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Impairment;

namespace UserTcp.Simulation.World;

/// <summary>The applications of a host. They write, read and end as their plans say.</summary>
internal sealed class Application(EngineStation station)
{
    private const int SizeDecision = 3;

    private readonly List<FlowEnd> _ends = [];
    private long _writes;

    public void Begin(FlowEnd end, Tcb tcb)
    {
        end.Connection = tcb;
        tcb.Owner = end;
        _ends.Add(end);
        // Data written right after the open goes into the SYN.
        if (tcb.State == TcpState.SynSent && station.Plan.FastOpen)
            Write(end);
    }

    public void On(FlowEnd end, EngineEvents events)
    {
        var tcb = end.Connection!;
        end.FinArrived |= (events & EngineEvents.ReadsClosed) != 0;
        if ((events & EngineEvents.Acknowledged) != 0)
            end.Acknowledged += station.Engine.DequeueAcknowledged(tcb);
        if ((events & EngineEvents.Closed) != 0 && tcb.Error == EngineError.InternalFault)
        {
            // Unread data is lost, even before a FIN that has arrived. The application gets an error instead of the end
            // of the stream.
            Discard(station.Engine.Receive(tcb));
            end.Close(tcb.Error);
            return;
        }

        if ((events & (EngineEvents.Readable | EngineEvents.ReadsClosed | EngineEvents.Closed)) != 0)
            Read(end, (events & EngineEvents.Closed) != 0);
        if ((events & EngineEvents.Closed) != 0)
        {
            end.Close(tcb.Error);
            return;
        }

        if ((events & (EngineEvents.Established | EngineEvents.Acknowledged | EngineEvents.ReadsClosed)) != 0)
            Write(end);
    }

    public void OnHealed()
    {
        foreach (var end in _ends.Where(IsActive))
        {
            Read(end, atOnce: false);
            Write(end);
        }
    }

    /// <summary>Aborts the end of an excused connection.</summary>
    public void GiveUp(FlowEnd end)
    {
        if (end.Connection is null || end.IsClosed)
            return;
        end.HasLeft = true;
        Discard(station.Engine.Receive(end.Connection));
        station.Engine.Abort(end.Connection, station.World.Now);
    }

    /// <summary>The host restarts, and its applications end.</summary>
    public void Forget(FlowEnd end)
    {
        if (end.Connection is null || !_ends.Remove(end))
            return;
        Discard(station.Engine.Receive(end.Connection));
        end.HasLeft = true;
        if (!end.IsClosed)
            end.Close(EngineError.ConnectionAborted);
    }

    private static bool IsActive(FlowEnd end) => !end.IsClosed && !end.HasLeft;

    private static void Discard(Block? chain) => Block.ReleaseChain(chain);

    private void Write(FlowEnd end)
    {
        if (!IsActive(end) || end.HasShutDown || end.WriteScheduled
            || (end.Connection!.State is TcpState.SynSent or TcpState.SynReceived && !station.Plan.FastOpen))
        {
            return;
        }

        var plan = end.Plan;
        while (end.Written < plan.Octets)
        {
            if (plan.Ending == Ending.Abort && end.Written * 2 >= plan.Octets)
            {
                Abort(end);
                return;
            }

            var room = station.Engine.GetSendBufferSize(end.Connection!) - (end.Written - end.Acknowledged);
            var wanted = 1 + SplitMix64.ToRange(
                station.World.Decide(SizeDecision, (_writes++ * 2) + station.Index), plan.WriteSize);
            var count = (int)Math.Min(Math.Min(room, wanted), plan.Octets - end.Written);
            if (count <= 0)
                return;
            if (!station.Engine.Send(end.Connection, CreateData(end, count), station.World.Now))
                return;
            end.Written += count;
            if (plan.WritePause > TimeSpan.Zero)
            {
                Later(end, plan.WritePause, isWrite: true);
                return;
            }
        }

        // Closing in SYN-SENT would delete the connection (RFC 9293 section 3.10.4).
        if (end.Connection.State != TcpState.SynSent)
            Finish(end);
    }

    /// <summary>Ends the side after the last write.</summary>
    private void Finish(FlowEnd end)
    {
        switch (end.Plan.Ending)
        {
            case Ending.Abort:
                Abort(end);
                break;
            case Ending.Close:
                // A close resets the connection if the peer sends more data, and the peer then loses some (SHLD-3).
                end.Flow.ExcuseFor("closed early");
                end.HasShutDown = true;
                end.HasLeft = true;
                station.Engine.Close(end.Connection!, station.World.Now);
                break;
            case Ending.ShutdownAfterEnd when !end.HasReadToEnd:
                break;
            default:
                end.HasShutDown = true;
                station.Engine.Shutdown(end.Connection!, station.World.Now);
                break;
        }
    }

    private void Abort(FlowEnd end)
    {
        end.Flow.ExcuseFor("aborted");
        end.HasLeft = true;
        Discard(station.Engine.Receive(end.Connection!));
        station.Engine.Abort(end.Connection!, station.World.Now);
    }

    private Block CreateData(FlowEnd end, int count)
    {
        Block? first = null, last = null;
        for (var from = end.Written; count > 0;)
        {
            var block = station.Pool.Lend();
            block.End = Math.Min(count, block.Capacity);
            end.Sends.Fill(block.Content, from);
            from += block.Length;
            count -= block.Length;
            if (last is null)
                first = block;
            else
                last.NextBlock = block;
            last = block;
        }

        return first!;
    }

    private void Read(FlowEnd end, bool atOnce)
    {
        var tcb = end.Connection!;
        if (end.HasLeft)
        {
            Discard(station.Engine.Receive(tcb));
            return;
        }

        if (!atOnce && (end.ReadScheduled || (end.Plan.NeverReads && !station.World.IsHealed)))
            return;
        do
        {
            if (end.Unconsumed == 0 || atOnce)
                Receive(end, tcb);
            Consume(end, tcb);
        }
        while (!end.ReadScheduled && tcb.Active.ReceiveQueue.Length > 0);
        if (end.FinArrived && (atOnce || end is { Unconsumed: 0, ReadScheduled: false }))
            ReadEnd(end);
    }

    private void ReadEnd(FlowEnd end)
    {
        end.ReadEnd();
        if (!end.HasShutDown && end.Written == end.Plan.Octets)
            Write(end);
    }

    private void Receive(FlowEnd end, Tcb tcb)
    {
        var chain = station.Engine.Receive(tcb);
        for (var block = chain; block is not null; block = block.NextBlock)
        {
            var data = station.World.Options.TamperData is { } tamper ? tamper(block.Content.ToArray()) : block.Content;
            end.Deliver(data);
            end.Unconsumed += block.Length;
            station.World.OctetsChecked += block.Length;
        }

        Discard(chain);
    }

    private void Consume(FlowEnd end, Tcb tcb)
    {
        while (end.Unconsumed > 0)
        {
            var count = (int)Math.Min(end.Unconsumed, end.Plan.ReadSize);
            end.Unconsumed -= count;
            station.Engine.Consumed(tcb, count, station.World.Now);
            if (end.Plan.ReadPause > TimeSpan.Zero && !station.World.IsHealed)
            {
                Later(end, end.Plan.ReadPause, isWrite: false);
                return;
            }
        }
    }

    private void Later(FlowEnd end, TimeSpan pause, bool isWrite)
    {
        var tcb = end.Connection;
        if (isWrite)
            end.WriteScheduled = true;
        else
            end.ReadScheduled = true;
        station.World.Schedule(station.World.IsHealed ? TimeSpan.FromMilliseconds(1) : pause, () =>
        {
            if (isWrite)
                end.WriteScheduled = false;
            else
                end.ReadScheduled = false;
            if (!IsActive(end) || end.Connection != tcb)
                return;
            station.World.Act(station.Index, () =>
            {
                if (isWrite)
                    Write(end);
                else
                    Read(end, atOnce: false);
            });
        });
    }
}
