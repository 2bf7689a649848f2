using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Simulation.World;

/// <summary>
/// An off-path attacker that forges packets. It knows the addresses and ports of every connection, but never guesses a
/// sequence number exactly. Its packets must not affect any connection.
/// </summary>
internal sealed class Adversary(SimulatedWorld world, double attacksPerSecond)
{
    private const int AttackDecision = 5;
    private const int MaxFlood = 500;

    private long _attacks;
    private int _flood;

    public void Begin() => Next();

    private void Next() => world.Schedule(TimeSpan.FromSeconds(1 / attacksPerSecond), () =>
    {
        if (world.IsHealed)
            return;
        Attack();
        Next();
    });

    private void Attack()
    {
        var draw = new RandomSequence(world.Decide(AttackDecision, _attacks++));
        if (draw.Chance(0.15) && _flood < MaxFlood)
        {
            Flood(ref draw);
            return;
        }

        var station = world.Stations[(int)draw.Between(0, 1)] as EngineStation ?? (EngineStation)world.Stations[0];
        var victims = station.Engine.State.Connections.All().Where(tcb => tcb.IsSynchronized && tcb.IsLive).ToList();
        if (victims.Count == 0)
            return;
        // The order of the table is that of a keyed hash, so it is the same in each run.
        var victim = victims[(int)draw.Between(0, victims.Count - 1)];
        var frame = draw.Chance(0.25) ? ForgeIcmp(ref draw, station, victim) : ForgeSegment(ref draw, victim);
        Forge(station, frame);
    }

    private static byte[] ForgeSegment(ref RandomSequence draw, Tcb victim)
    {
        var seq = Sequence(ref draw, victim);
        var ack = new SeqNum((uint)draw.Next());
        // The peer could have sent an ACK of this range, so the adversary must not guess one.
        if (ack >= victim.Active.Snd.Una - victim.Active.Snd.MaxWnd && ack <= victim.Active.Snd.Nxt)
            ack = victim.Active.Snd.Nxt + 1 + (uint)draw.Between(0, 1 << 20);
        var flags = draw.Pick(
            TcpFlags.Rst, TcpFlags.Rst | TcpFlags.Ack, TcpFlags.Syn, TcpFlags.Syn | TcpFlags.Ack, TcpFlags.Ack,
            TcpFlags.Ack | TcpFlags.Psh, TcpFlags.Ack | TcpFlags.Fin, TcpFlags.None,
            TcpFlags.Fin | TcpFlags.Urg | TcpFlags.Psh, TcpFlags.Syn | TcpFlags.Fin);
        var payload = (flags & (TcpFlags.Psh | TcpFlags.Fin)) != 0 ? new byte[draw.Between(1, 100)] : [];
        var header = new TcpHeader(
            victim.Tuple.RemotePort, victim.Tuple.LocalPort, seq, ack, flags, (ushort)draw.Next());
        return Frames.Tcp(victim.Tuple.Reverse, header, default, payload);
    }

    /// <summary>A random number, or one in the window, but never RCV.NXT.</summary>
    private static SeqNum Sequence(ref RandomSequence draw, Tcb victim)
    {
        var seq = draw.Chance(0.5)
            ? new SeqNum((uint)draw.Next())
            : victim.Active.Rcv.Nxt + (uint)draw.Between(1, Math.Max(victim.Active.Rcv.Wnd, 2));
        return seq == victim.Active.Rcv.Nxt ? seq + 1u : seq;
    }

    private static byte[] ForgeIcmp(ref RandomSequence draw, EngineStation station, Tcb victim)
    {
        var seq = new SeqNum((uint)draw.Next());
        if (seq >= victim.Active.Snd.Una && seq < victim.Active.Snd.Nxt)
            seq = victim.Active.Snd.Nxt + 1u;
        var quoted = Frames.Tcp(
            victim.Tuple, new TcpHeader(victim.Tuple.LocalPort, victim.Tuple.RemotePort, seq, default, TcpFlags.Ack, 0),
            default, default);
        var isIPv4 = station.Address.IsIPv4;
        var (type, code) = isIPv4
            ? (IcmpV4.DestinationUnreachable, draw.Pick(
                IcmpV4.CodeNetworkUnreachable, IcmpV4.CodeProtocolUnreachable, IcmpV4.CodePortUnreachable,
                IcmpV4.CodeFragmentationNeeded))
            : draw.Chance(0.5) ? (IcmpV6.PacketTooBig, (byte)0)
            : (IcmpV6.DestinationUnreachable, draw.Pick(IcmpV6.CodeNoRoute, IcmpV6.CodePortUnreachable));
        return Frames.IcmpError(
            type, code, (uint)draw.Between(0, 1500), quoted, victim.Tuple.RemoteAddress, station.Address);
    }

    /// <summary>Sends a SYN from an unused address.</summary>
    private void Flood(ref RandomSequence draw)
    {
        if (world.Stations[1] is not EngineStation server)
            return;
        _flood++;
        var source = server.Address.IsIPv4
            ? IpAddress.FromIPv4(0xC612_8000 | (uint)draw.Between(1, 0x7FFE))
            : IpAddress.ReadIPv6([0x20, 0x01, 0x0d, 0xb8, 0, 0x76, 0, 0, 0, 0, 0, 0, 0, 0, (byte)draw.Between(0, 255),
                (byte)draw.Between(1, 255)]);
        var from = new FourTuple(
            source, new Port((ushort)draw.Between(1024, 65_535)), server.Address, SimulatedWorld.ServerPort);
        var header = new TcpHeader(
            from.LocalPort, from.RemotePort, new SeqNum((uint)draw.Next()), default, TcpFlags.Syn, (ushort)draw.Next());
        Forge(server, Frames.Tcp(from, header, default, default));
    }

    private void Forge(Station station, byte[] frame)
    {
        world.Tally.Add(Happening.Attack);
        world.Deliver(station, frame, "is attacked by");
    }
}
