using System.Text;
using UserTcp.Capture.Joining;
using UserTcp.Capture.Reading;

namespace UserTcp.Capture.Tests.Joining;

/// <summary>The lines of a TLS key log on their way to the capture.</summary>
public sealed class TlsKeyTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("usertcp-keys-");

    private string Path => System.IO.Path.Combine(_folder.FullName, "keys");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Lines_that_are_added_are_read_whole()
    {
        File.WriteAllText(Path, "OLD 1 2\n");
        using var log = new TlsKeyLog(Path);
        Assert.Equal("", Next(log));

        File.AppendAllText(Path, "CLIENT_RANDOM 3 4\nSERVER_");
        Assert.Equal("CLIENT_RANDOM 3 4\n", Next(log));
        Assert.Equal("", Next(log));

        File.AppendAllText(Path, "TRAFFIC 5 6\n");
        Assert.Equal("SERVER_TRAFFIC 5 6\n", Next(log));
    }

    [Fact]
    public void A_file_that_comes_later_is_read_from_its_begin()
    {
        using var log = new TlsKeyLog(Path);
        Assert.Equal("", Next(log));
        File.WriteAllText(Path, "A 1 2\n");
        Assert.Equal("A 1 2\n", Next(log));
    }

    [Fact]
    public void What_is_no_key_log_is_left()
    {
        using var log = new TlsKeyLog(Path);
        File.WriteAllText(Path, new string('x', 20_000));
        Assert.Equal("", Next(log));
        File.AppendAllText(Path, "\nA 1 2\n");
        Assert.Equal("", Next(log));
    }

    [Fact]
    public void Keys_are_a_block_before_the_frames_of_the_last_moment()
    {
        var capture = System.IO.Path.Combine(_folder.FullName, "trace.pcapng");
        var (near, far) = InMemoryLink.CreatePair();
        using (far)
        using (var device = CapturingDevice.ToFile(near, capture, tlsKeyLog: Path))
        {
            device.Write(new Engine.Output.Emission(CaptureRig.FrameOut(1)));
            File.WriteAllText(Path, "CLIENT_RANDOM 3 4\n");
            device.Write(new Engine.Output.Emission(CaptureRig.FrameOut(11)));
        }

        var bytes = File.ReadAllBytes(capture);
        var reader = CaptureReader.Open(new MemoryStream(bytes));
        Assert.True(reader.TryRead(out _) && reader.TryRead(out _) && !reader.TryRead(out _));
        Assert.Null(reader.Error);
        var keys = bytes.AsSpan().IndexOf("CLIENT_RANDOM 3 4\n"u8);
        Assert.InRange(keys, 1, bytes.AsSpan().IndexOf(CaptureRig.FrameOut(1)));
        Assert.Equal("KSLT"u8, bytes.AsSpan(keys - 8, 4));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(capture));
    }

    private static string Next(TlsKeyLog log) => log.TryRead(out var lines) ? Encoding.UTF8.GetString(lines) : "";
}
