namespace UserTcp.Kernel.Tests.Kit;

/// <summary>A temporary folder, deleted on disposal.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder() => Path = Directory.CreateTempSubdirectory("usertcp-test-").FullName;

    public string Path { get; }

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Makes it accessible to all users.</summary>
    public void Open() => File.SetUnixFileMode(Path, (UnixFileMode)0b111_111_111);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
