using System.Net;

namespace UserTcp;

/// <summary>What a connection is opened with.</summary>
public sealed class UserTcpConnectionOptions : UserTcpTransportOptions
{
    /// <summary>The peer: an <see cref="IPEndPoint"/>, or a <see cref="DnsEndPoint"/> whose addresses are tried in order.</summary>
    public required EndPoint RemoteEndPoint { get; init; }

    /// <summary>Our end; null, or an unspecified address or port 0 in it, leaves the choice to the stack.</summary>
    public IPEndPoint? LocalEndPoint { get; init; }

    /// <summary>
    /// Text to send first, as if it were written before anything else: with <see cref="UserTcpTransportOptions.FastOpen"/> in the SYN where
    /// possible, else right after the handshake. It is copied. Of several addresses each that is tried may get it.
    /// </summary>
    public ReadOnlyMemory<byte> InitialData { get; init; }
}
