using System.Net;

namespace UserTcp;

/// <summary>The options of an active open.</summary>
public sealed class UserTcpConnectionOptions : UserTcpTransportOptions
{
    /// <summary>
    /// The peer: an <see cref="IPEndPoint"/>, or a <see cref="DnsEndPoint"/> whose addresses are tried in turn, 250 ms
    /// apart, until one answers (RFC 8305).
    /// </summary>
    public required EndPoint RemoteEndPoint { get; init; }

    /// <summary>Our end; null, an unspecified address or port 0 leaves the choice to the stack.</summary>
    public IPEndPoint? LocalEndPoint { get; init; }

    /// <summary>
    /// Data to send first, before anything that is written: in the SYN with
    /// <see cref="UserTcpTransportOptions.FastOpen"/> and the peer's cookie, otherwise right after the handshake. It is
    /// copied. When several addresses are tried, each may receive it.
    /// </summary>
    public ReadOnlyMemory<byte> InitialData { get; init; }
}
