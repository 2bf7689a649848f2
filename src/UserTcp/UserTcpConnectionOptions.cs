using System.Net;

namespace UserTcp;

/// <summary>What a connection is opened with.</summary>
public sealed class UserTcpConnectionOptions : UserTcpTransportOptions
{
    /// <summary>The peer: an <see cref="IPEndPoint"/>, or a <see cref="DnsEndPoint"/> whose addresses are tried in order.</summary>
    public required EndPoint RemoteEndPoint { get; init; }

    /// <summary>Our end; null, or an unspecified address or port 0 in it, leaves the choice to the stack.</summary>
    public IPEndPoint? LocalEndPoint { get; init; }
}
