using UserTcp.Wire;

namespace UserTcp.Impairment;

/// <summary>
/// Hashes a tuple with the process's random seed. The tuple's own hash has none: a peer could make frames whose hashes
/// are the same.
/// </summary>
internal static class SeededHash
{
    public static int Of(in FourTuple tuple, int protocol = 0)
    {
        var (local, remote) = (tuple.LocalAddress, tuple.RemoteAddress);
        return HashCode.Combine(
            protocol, local.High, local.Low, remote.High, remote.Low, tuple.LocalPort, tuple.RemotePort);
    }
}
