namespace UserTcp.Testing;

/// <summary>
/// A packet that the network dropped for another reason than a fault: it was larger than an MTU, its receiver or a link
/// was down, a queue was full, or no host has its address.
/// </summary>
/// <param name="Time">The virtual time since the start.</param>
/// <param name="Packet">The packet, as <see cref="VirtualPacket.ToString"/> has it.</param>
/// <param name="Reason">Why: "larger than the MTU of api (1400 bytes)".</param>
public sealed record VirtualDrop(TimeSpan Time, string Packet, string Reason)
{
    /// <summary>"12.500 ms  client:49152 > api:80 ...: larger than the MTU of api (1400 bytes)".</summary>
    public override string ToString() =>
        FormattableString.Invariant($"{Time.TotalMilliseconds,12:F3} ms  {Packet}: {Reason}");
}
