using System.Buffers.Binary;
using UserTcp.Engine.Contract;
using UserTcp.Tun.Netlink;
using UserTcp.Wire;
using static Tmds.Linux.LibC;

namespace UserTcp.Tun;

/// <summary>
/// The states of the kernel's TCP connections in the network namespace of the thread that creates this object
/// (sock_diag(7)). Any thread.
/// </summary>
public sealed class KernelConnections : IDisposable
{
    private const ushort ByFamily = 20; // SOCK_DIAG_BY_FAMILY
    private const int Acknowledge = 0x004;
    private const uint AllStates = uint.MaxValue;
    private const uint NoCookie = uint.MaxValue;
    private const int StateOffset = 1;

    private readonly Lock _gate = new();
    private readonly NetlinkSocket _socket = new(NetlinkSocket.SocketDiagnosis);

    /// <summary>
    /// The state of a connection; null when the kernel has none with these addresses and ports: it is closed, or a
    /// listener waits for it.
    /// </summary>
    /// <param name="tuple">The connection. The local side is the kernel's.</param>
    /// <exception cref="TunException">The kernel does not answer.</exception>
    public TcpState? GetState(in FourTuple tuple)
    {
        var message = new NetlinkMessage(stackalloc byte[NetlinkMessage.MaxLength], ByFamily, Acknowledge);
        AddRequest(ref message, tuple);
        lock (_gate)
        {
            var error = _socket.Exchange(message, out var answers);
            if (error == ENOENT)
                return null;
            if (error != 0)
                throw TunException.Unexpected("The kernel does not tell the state of a connection", error);
            return answers is [var answer, ..] ? StateOf(answer.Field<byte>(StateOffset)) : null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    /// <summary>A struct inet_diag_req_v2: ports and addresses in network order, in 16 bytes also for IPv4.</summary>
    private static void AddRequest(ref NetlinkMessage message, in FourTuple tuple)
    {
        var isIPv4 = tuple.LocalAddress.IsIPv4;
        message.Add((byte)(isIPv4 ? AF_INET : AF_INET6));
        message.Add((byte)IpProtocol.Tcp);
        message.Add<ushort>(0);
        message.Add(AllStates);
        message.Add(BinaryPrimitives.ReverseEndianness(tuple.LocalPort.Value));
        message.Add(BinaryPrimitives.ReverseEndianness(tuple.RemotePort.Value));
        AddAddress(ref message, tuple.LocalAddress);
        AddAddress(ref message, tuple.RemoteAddress);
        message.Add(0); // any interface
        message.Add(NoCookie);
        message.Add(NoCookie);
    }

    private static void AddAddress(ref NetlinkMessage message, IpAddress address)
    {
        var octets = address.ToIPAddress().GetAddressBytes();
        for (var i = 0; i < 16; i++)
            message.Add(i < octets.Length ? octets[i] : (byte)0);
    }

    /// <summary>The kernel's numbers of states (include/net/tcp_states.h).</summary>
    private static TcpState? StateOf(byte state) => state switch
    {
        1 => TcpState.Established,
        2 => TcpState.SynSent,
        3 or 12 => TcpState.SynReceived,
        4 => TcpState.FinWait1,
        5 => TcpState.FinWait2,
        6 => TcpState.TimeWait,
        7 => TcpState.Closed,
        8 => TcpState.CloseWait,
        9 => TcpState.LastAck,
        10 => TcpState.Listen,
        11 => TcpState.Closing,
        _ => null,
    };
}
