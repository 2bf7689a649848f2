namespace UserTcp.Testing.Xunit.Children;

/// <summary>What the project property UserTcpVirtualTests says.</summary>
internal static class VirtualTestMode
{
    /// <summary>True when each virtual test runs in a process of its own.</summary>
    public static bool InChildren { get; } =
        AppContext.GetData("UserTcp.Testing.VirtualTests") as string == "ChildProcesses";
}
