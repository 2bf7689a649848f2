using System.Buffers.Binary;
using UserTcp.PacketDrill.Sockets;
using UserTcp.PacketDrill.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.PacketDrill.Tests;

/// <summary>struct tcp_info with the layout of Linux's header.</summary>
public class TcpInfoTests
{
    /// <summary>
    /// The fields of include/uapi/linux/tcp.h in order, with their sizes in octets; bit fields by the octets that hold
    /// them. Each one is aligned to its size, and the whole to eight.
    /// </summary>
    private static readonly (string Name, int Size)[] Fields =
    [
        ("state", 1), ("ca_state", 1), ("retransmits", 1), ("probes", 1), ("backoff", 1), ("options", 1),
        ("wscales", 1), ("delivery_rate_app_limited", 1),
        ("rto", 4), ("ato", 4), ("snd_mss", 4), ("rcv_mss", 4),
        ("unacked", 4), ("sacked", 4), ("lost", 4), ("retrans", 4), ("fackets", 4),
        ("last_data_sent", 4), ("last_ack_sent", 4), ("last_data_recv", 4), ("last_ack_recv", 4),
        ("pmtu", 4), ("rcv_ssthresh", 4), ("rtt", 4), ("rttvar", 4), ("snd_ssthresh", 4), ("snd_cwnd", 4),
        ("advmss", 4), ("reordering", 4), ("rcv_rtt", 4), ("rcv_space", 4), ("total_retrans", 4),
        ("pacing_rate", 8), ("max_pacing_rate", 8), ("bytes_acked", 8), ("bytes_received", 8), ("segs_out", 4),
        ("segs_in", 4), ("notsent_bytes", 4), ("min_rtt", 4), ("data_segs_in", 4),
        ("data_segs_out", 4), ("delivery_rate", 8),
        ("busy_time", 8), ("rwnd_limited", 8), ("sndbuf_limited", 8), ("delivered", 4), ("delivered_ce", 4),
        ("bytes_sent", 8), ("bytes_retrans", 8), ("dsack_dups", 4), ("reord_seen", 4), ("rcv_ooopack", 4),
        ("snd_wnd", 4), ("rcv_wnd", 4), ("rehash", 4), ("total_rto", 2),
        ("total_rto_recoveries", 2), ("total_rto_time", 4),
        ("received_ce", 4), ("delivered_e1_bytes", 4), ("delivered_e0_bytes", 4), ("delivered_ce_bytes", 4),
        ("received_e1_bytes", 4), ("received_e0_bytes", 4), ("received_ce_bytes", 4), ("accecn", 4),
    ];

    [Fact]
    public void The_whole_structure_has_280_octets()
    {
        var (name, size) = Fields[^1];
        Assert.Equal(TcpInfo.Length, (Offset(name) + size + 7) / 8 * 8);
        Assert.Equal(280, TcpInfo.Length);
    }

    [Theory]
    [InlineData("ca_state", TcpInfo.CongestionState)]
    [InlineData("probes", TcpInfo.Probes)]
    [InlineData("backoff", TcpInfo.Backoff)]
    [InlineData("sacked", TcpInfo.Sacked)]
    [InlineData("lost", TcpInfo.Lost)]
    [InlineData("retrans", TcpInfo.Retransmitted)]
    [InlineData("last_data_sent", TcpInfo.SinceDataSent)]
    [InlineData("last_data_recv", TcpInfo.SinceDataReceived)]
    [InlineData("last_ack_recv", TcpInfo.SinceAckReceived)]
    [InlineData("min_rtt", TcpInfo.MinRtt)]
    [InlineData("delivered", TcpInfo.Delivered)]
    [InlineData("options", TcpInfo.Options)]
    [InlineData("wscales", TcpInfo.WindowScales)]
    [InlineData("rto", TcpInfo.Rto)]
    [InlineData("ato", TcpInfo.Ato)]
    [InlineData("snd_mss", TcpInfo.SendMssOffset)]
    [InlineData("rcv_mss", TcpInfo.ReceiveMss)]
    [InlineData("unacked", TcpInfo.Unacknowledged)]
    [InlineData("pmtu", TcpInfo.PathMtu)]
    [InlineData("rcv_ssthresh", TcpInfo.ReceiveThreshold)]
    [InlineData("rtt", TcpInfo.Rtt)]
    [InlineData("rttvar", TcpInfo.RttVariation)]
    [InlineData("snd_ssthresh", TcpInfo.SendThreshold)]
    [InlineData("snd_cwnd", TcpInfo.SendCongestionWindow)]
    [InlineData("advmss", TcpInfo.AdvertisedMss)]
    [InlineData("reordering", TcpInfo.Reordering)]
    [InlineData("rcv_space", TcpInfo.ReceiveSpace)]
    [InlineData("total_retrans", TcpInfo.TotalRetransmissions)]
    [InlineData("bytes_acked", TcpInfo.OctetsAcknowledged)]
    [InlineData("bytes_received", TcpInfo.OctetsReceived)]
    [InlineData("notsent_bytes", TcpInfo.NotSent)]
    [InlineData("bytes_sent", TcpInfo.OctetsSent)]
    [InlineData("snd_wnd", TcpInfo.SendWindow)]
    [InlineData("rcv_wnd", TcpInfo.ReceiveWindow)]
    public void Fields_have_Linuxs_offsets(string name, int offset) => Assert.Equal(Offset(name), offset);

    [Theory]
    [InlineData(0x7FFF_FFFDu)]
    [InlineData(0xFFFF_FFFDu)]
    public void A_connection_is_described_in_segments_and_microseconds(uint irs)
    {
        var program = new Program(irs: irs);
        var listener = program.Listen();
        program.Inject(TcpFlags.Syn, 0, 0, options: new TcpOptions { Mss = 1000 });
        program.ReceiveSynAck();
        program.Pass(TimeSpan.FromMilliseconds(100));
        program.Inject(TcpFlags.Ack, 1, 1);
        var socket = (int)program.Accept(listener);
        program.Write(socket, 12_500);
        program.Inject(TcpFlags.Ack, 1, 1001, length: 300);
        var info = Info(program, socket);

        Assert.Equal(1, info[TcpInfo.State]);
        Assert.Equal(1000u, Read(info, TcpInfo.SendMssOffset));
        Assert.Equal(1460u, Read(info, TcpInfo.AdvertisedMss));
        Assert.Equal(1500u, Read(info, TcpInfo.PathMtu));
        Assert.Equal(11u, Read(info, TcpInfo.SendCongestionWindow));
        Assert.Equal(11u, Read(info, TcpInfo.Unacknowledged));
        Assert.Equal(TcpInfo.InfiniteThreshold, Read(info, TcpInfo.SendThreshold));
        Assert.InRange(Read(info, TcpInfo.Rtt), 80_000u, 100_000u);
        Assert.InRange(Read(info, TcpInfo.Rto), 280_000u, 400_000u);
        Assert.Equal(500u, Read(info, TcpInfo.NotSent));
        Assert.Equal(1000ul, BinaryPrimitives.ReadUInt64LittleEndian(info.AsSpan(TcpInfo.OctetsAcknowledged)));
        Assert.Equal(300ul, BinaryPrimitives.ReadUInt64LittleEndian(info.AsSpan(TcpInfo.OctetsReceived)));
        Assert.Equal(Program.Window, Read(info, TcpInfo.SendWindow));
    }

    [Fact]
    public void Losses_are_counted_in_segments()
    {
        var program = new Program();
        var listener = program.Listen();
        program.Inject(TcpFlags.Syn, 0, 0, options: new TcpOptions { Mss = 1000, SackPermitted = true });
        program.ReceiveSynAck();
        program.Pass(TimeSpan.FromMilliseconds(100));
        program.Inject(TcpFlags.Ack, 1, 1);
        var socket = (int)program.Accept(listener);
        program.Write(socket, 10_000);
        program.Pass(TimeSpan.FromMilliseconds(100));
        Sack(program, 1001, 2001);
        Assert.Equal(
            (1, 1u), (Info(program, socket)[TcpInfo.CongestionState], Read(Info(program, socket), TcpInfo.Sacked)));
        Sack(program, 1001, 4001);
        var info = Info(program, socket);
        Assert.Equal(3, info[TcpInfo.CongestionState]);
        Assert.Equal(
            (3u, 1u, 1u), (Read(info, TcpInfo.Sacked), Read(info, TcpInfo.Lost), Read(info, TcpInfo.Retransmitted)));
        Assert.Equal((4u, 100_000u), (Read(info, TcpInfo.Delivered), Read(info, TcpInfo.MinRtt)));
        program.Pass(TimeSpan.FromMilliseconds(5));
        Assert.Equal(5u, Read(Info(program, socket), TcpInfo.SinceAckReceived));

        static void Sack(Program program, uint left, uint right)
        {
            var blocks = default(SackBlocks);
            blocks.TryAdd(new SackBlock(program.Iss + left, program.Iss + right));
            program.Inject(TcpFlags.Ack, 1, 1, options: new TcpOptions { Sack = blocks });
        }
    }

    [Fact]
    public void States_have_Linuxs_numbers()
    {
        var program = new Program();
        var fresh = program.Socket();
        Assert.Equal(7, Info(program, fresh)[TcpInfo.State]);
        var socket = program.Accepted();
        program.Inject(TcpFlags.Ack | TcpFlags.Fin, 1, 1);
        Assert.Equal(8, Info(program, socket)[TcpInfo.State]);
        program.Layer.Shutdown(socket, LinuxNumbers.ShutWrites);
        Assert.Equal(9, Info(program, socket)[TcpInfo.State]);
    }

    [Fact]
    public void A_short_buffer_gets_a_prefix()
    {
        var program = new Program();
        var socket = program.Accepted();
        var value = new byte[104];
        Assert.Equal(0, program.Layer.GetOption(socket, OptionLevel.Tcp, TcpOption.Info, value, out var length));
        Assert.Equal(104, length);
        Assert.Equal(1, value[TcpInfo.State]);
    }

    private static byte[] Info(Program program, int socket)
    {
        var info = new byte[300];
        Assert.Equal(0, program.Layer.GetOption(socket, OptionLevel.Tcp, TcpOption.Info, info, out var length));
        return info[..length];
    }

    private static uint Read(byte[] info, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(info.AsSpan(offset));

    private static int Offset(string wanted)
    {
        var offset = 0;
        foreach (var (name, size) in Fields)
        {
            offset = (offset + size - 1) / size * size;
            if (name == wanted)
                return offset;
            offset += size;
        }

        throw new ArgumentException(wanted);
    }
}
