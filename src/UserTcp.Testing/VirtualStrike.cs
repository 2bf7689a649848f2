namespace UserTcp.Testing;

/// <summary>A fault that has happened to a packet.</summary>
/// <param name="Time">The virtual time since the start.</param>
/// <param name="Fault">The fault: its rule, or the chance that a link's impairment gave it.</param>
/// <param name="Packet">
/// The packet, as <see cref="VirtualPacket.ToString"/> has it; "by the test" when the test has called
/// <see cref="VirtualHost.Crash"/> or <see cref="VirtualHost.KillAsync"/>.
/// </param>
/// <param name="Rule">
/// The rule for <see cref="VirtualNetwork.AddFault(string)"/> that does the same to this packet alone; null when the
/// fault is one of the test's own, or no rule can say it.
/// </param>
public sealed record VirtualStrike(TimeSpan Time, string Fault, string Packet, string? Rule = null)
{
    /// <summary>What stands in the place of a packet when the test itself crashes a host.</summary>
    internal const string ByTest = "by the test";

    /// <summary>"12.500 ms  drop data:3 to api  client:49152 > api:80 ...".</summary>
    public override string ToString() =>
        FormattableString.Invariant($"{Time.TotalMilliseconds,12:F3} ms  {Rule ?? Fault}: {Packet}");
}
