using System.Diagnostics;
using UserTcp.Kernel.Tests.Kit;
using Xunit;

namespace UserTcp.Kernel.Tests.Matrix;

/// <summary>Runs ip(8) in the namespace of the calling thread, which a child inherits.</summary>
internal static class IpRoute
{
    public static void Change(params string[] route)
    {
        Need.Programs("ip");
        using var process = Process.Start("ip", ["route", "change", .. route]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
