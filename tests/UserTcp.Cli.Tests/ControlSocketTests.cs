using System.Diagnostics;
using System.Runtime.Versioning;
using UserTcp.Cli.Control;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>The control socket lies where nobody else can have put anything.</summary>
[SupportedOSPlatform("linux")]
public sealed class ControlSocketTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("usertcp-control-test-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_folder_of_this_user_is_taken_and_closed_to_all_others()
    {
        var folder = Path.Combine(_folder.FullName, "usertcp");
        Directory.CreateDirectory(
            folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherRead);

        Assert.True(ControlSocket.TryTake(folder));

        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
    }

    [Fact]
    public void A_folder_of_somebody_else_is_not_taken_not_even_by_root()
    {
        var folder = SomebodyElses();
        var mode = File.GetUnixFileMode(folder);

        Assert.False(ControlSocket.TryTake(folder));

        Assert.Equal(mode, File.GetUnixFileMode(folder));
        Assert.False(FolderOwner.IsOurs(folder));
    }

    [Fact]
    public void A_folder_in_a_folder_of_somebody_else_is_not_taken_by_root()
    {
        if (!IsRoot)
            Assert.False(ControlSocket.TryTake("/usertcp"));
        else
            Assert.False(ControlSocket.TryTake(Path.Combine(SomebodyElses(), "usertcp")));
    }

    [Fact]
    public void A_link_is_not_taken()
    {
        var link = Path.Combine(_folder.FullName, "link");
        Directory.CreateSymbolicLink(link, _folder.CreateSubdirectory("target").FullName);

        Assert.False(ControlSocket.TryTake(link));
    }

    /// <summary>root of the machine: root of a user namespace may not give files away.</summary>
    private static bool IsRoot => UserId.Effective() == 0;

    /// <summary>A folder of another user. root gives one away; for everybody else there is root's.</summary>
    private string SomebodyElses()
    {
        if (!IsRoot)
            return "/";
        var folder = _folder.CreateSubdirectory("else").FullName;
        using var chown = Process.Start("chown", ["65534", folder]);
        chown.WaitForExit();
        Assert.Equal(0, chown.ExitCode);
        return folder;
    }
}
