using System.Text;
using Microsoft.Win32.SafeHandles;

namespace UserTcp.Cli;

/// <summary>Standard output for much output: buffered, and a closed pipe is an <see cref="IOException"/>.</summary>
internal static class StandardOutput
{
    private const int Descriptor = 1;

    /// <summary>A pipe is opened by its descriptor: the console hides that the reader has gone.</summary>
    public static TextWriter Open()
    {
        if (!Console.IsOutputRedirected)
            return new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false));
        var pipe = new FileStream(
            new SafeFileHandle(Descriptor, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        return pipe.CanSeek
            ? new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false))
            : new StreamWriter(pipe, new UTF8Encoding(false));
    }
}
