namespace UserTcp.Cli.Control;

/// <summary>The answer to /stack of the control socket: which stack this is.</summary>
/// <param name="Pid">The process that runs it.</param>
/// <param name="Device">The interface.</param>
/// <param name="Addresses">The stack's addresses.</param>
internal sealed record StackNotice(int Pid, string Device, IReadOnlyList<string> Addresses)
{
    public override string ToString() => $"{Device} (pid {Pid}, {string.Join(' ', Addresses)})";
}
