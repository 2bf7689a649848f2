using System.Net.Sockets;

namespace UserTcp.Cli.Netcat;

/// <summary>What the command line of `nc` asks for.</summary>
/// <param name="Host">The host to connect to; empty for a passive open.</param>
/// <param name="Ports">Its ports, or the port to listen on.</param>
internal sealed record NcRequest(string Host, PortRange Ports)
{
    /// <summary>Waits for a connection.</summary>
    public bool Listens { get; init; }

    /// <summary>Waits for another connection after each.</summary>
    public bool Keeps { get; init; }

    /// <summary>Only reports which ports accept a connection.</summary>
    public bool Scans { get; init; }

    /// <summary>Our port of an active open; 0 leaves the choice to the stack.</summary>
    public int SourcePort { get; init; }

    /// <summary>IPv4 or IPv6; <see cref="AddressFamily.Unspecified"/> for both.</summary>
    public AddressFamily Family { get; init; }

    /// <summary>The limit of one attempt to connect, or of the wait for a peer; null for none.</summary>
    public TimeSpan? Wait { get; init; }

    /// <summary>Writes events on standard error.</summary>
    public bool IsVerbose { get; init; }

    public void SayIfVerbose(string line)
    {
        if (IsVerbose)
            Console.Error.WriteLine(line);
    }
}
