using System.Net;
using System.Net.Sockets;
using UserTcp.Engine.Udp;

namespace UserTcp.Datagrams;

/// <summary>A datagram that was copied to a receiver.</summary>
/// <param name="Length">Bytes copied.</param>
/// <param name="Source">Who has sent it.</param>
/// <param name="IsTruncated">True when the receiver's memory was too small: the rest is lost.</param>
internal readonly record struct ReceivedDatagram(int Length, UdpPeer Source, bool IsTruncated)
{
    /// <summary>MessageSize when the datagram was truncated; else null.</summary>
    public SocketException? FindError() => IsTruncated ? new SocketException((int)SocketError.MessageSize) : null;

    /// <summary>What <see cref="Socket"/> returns.</summary>
    public SocketReceiveFromResult ToResult() => new()
    {
        ReceivedBytes = Length,
        // An end point can be changed, so each receiver has its own.
        RemoteEndPoint = new IPEndPoint(Source.Address.ToIPAddress(), Source.Port.Value),
    };
}
