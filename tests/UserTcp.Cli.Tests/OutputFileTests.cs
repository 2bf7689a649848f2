using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>The check of a file that a command will write.</summary>
public sealed class OutputFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("usertcp-output-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_FIFO_is_not_opened(bool byLink)
    {
        var fifo = Path.Combine(_folder.FullName, "fifo");
        Assert.Equal(0, Programs.Run(Programs.Find("mkfifo")!, [fifo]).ExitCode);
        var path = byLink ? Path.Combine(_folder.FullName, "link") : fifo;
        if (byLink)
            File.CreateSymbolicLink(path, fifo);

        // To open it would wait for a reader.
        var check = Task.Run(() => OutputFile.Check("--capture", path), TestContext.Current.CancellationToken);
        try
        {
            await check.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        }
        finally
        {
            if (!check.IsCompleted)
                File.Open(fifo, FileMode.Open, FileAccess.ReadWrite).Dispose();
        }

        Assert.True(File.Exists(path));
    }

    [Fact]
    public void A_new_file_is_not_left_and_an_old_one_keeps_its_content()
    {
        var (added, old) = (Path.Combine(_folder.FullName, "new"), Path.Combine(_folder.FullName, "old"));
        File.WriteAllText(old, "content");

        OutputFile.Check("--capture", added);
        OutputFile.Check("--capture", old);

        Assert.False(File.Exists(added));
        Assert.Equal("content", File.ReadAllText(old));
    }
}
