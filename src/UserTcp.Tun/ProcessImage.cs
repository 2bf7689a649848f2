using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using static Tmds.Linux.LibC;

namespace UserTcp.Tun;

/// <summary>
/// Replaces the running program by another (execve(2)): same process, same terminal, no child process.
/// </summary>
public static unsafe class ProcessImage
{
    /// <summary>
    /// Runs the program at <paramref name="path"/> in this process, in the calling thread's namespaces. Does not
    /// return.
    /// </summary>
    /// <param name="path">The program's path. PATH is not searched.</param>
    /// <param name="arguments">Its arguments, without its own name.</param>
    /// <param name="addedEnvironment">
    /// Variables to add to the environment; they replace those of the same names.
    /// </param>
    /// <exception cref="IOException">The program cannot be executed. This one continues.</exception>
    [DoesNotReturn]
    public static void Execute(
        string path, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? addedEnvironment = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(arguments);
        using var argumentVector = new StringVector([path, .. arguments]);
        using var environmentVector = new StringVector(VariablesWith(addedEnvironment));
        // The runtime ignores SIGPIPE, and the new program would inherit that.
        Tmds.Linux.sigaction previous;
        var standard = new Tmds.Linux.sigaction { sa_handler = SIG_DFL };
        var isReplaced = sigaction(SIGPIPE, &standard, &previous) == 0;
        _ = execve(*argumentVector.Pointers, argumentVector.Pointers, environmentVector.Pointers);
        var error = errno;
        if (isReplaced)
            _ = sigaction(SIGPIPE, &previous, null);
        throw new IOException($"{path} cannot be executed: {Marshal.GetPInvokeErrorMessage(error)}.");
    }

    private static List<string> VariablesWith(IReadOnlyDictionary<string, string>? added)
    {
        var variables = new Dictionary<string, string>();
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
            variables[(string)variable.Key] = (string?)variable.Value ?? "";
        foreach (var (name, value) in added ?? new Dictionary<string, string>())
            variables[name] = value;
        return [.. variables.Select(variable => $"{variable.Key}={variable.Value}")];
    }

    /// <summary>Strings for the kernel: pointers to UTF-8 that ends with a zero; the last pointer is null.</summary>
    private sealed class StringVector : IDisposable
    {
        private readonly int _count;

        public StringVector(List<string> strings)
        {
            if (strings.Exists(text => text.Contains('\0', StringComparison.Ordinal)))
            {
                throw new ArgumentException(
                    "Neither arguments nor variables may hold a zero character.", nameof(strings));
            }

            _count = strings.Count;
            Pointers = (byte**)NativeMemory.AllocZeroed((nuint)_count + 1, (nuint)sizeof(byte*));
            for (var i = 0; i < _count; i++)
                Pointers[i] = (byte*)Marshal.StringToCoTaskMemUTF8(strings[i]);
        }

        public byte** Pointers { get; }

        public void Dispose()
        {
            for (var i = 0; i < _count; i++)
                Marshal.FreeCoTaskMem((nint)Pointers[i]);
            NativeMemory.Free(Pointers);
        }
    }
}
