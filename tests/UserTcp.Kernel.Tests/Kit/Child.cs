using System.Diagnostics;
using System.Globalization;
using System.Text;
using Xunit;

namespace UserTcp.Kernel.Tests.Kit;

/// <summary>Options of a child process.</summary>
internal sealed record ChildOptions(string Program, params string[] Arguments)
{
    /// <summary>Environment variables to set; null removes one.</summary>
    public Dictionary<string, string?> Environment { get; init; } = [];

    /// <summary>Its standard input; null leaves it open.</summary>
    public byte[]? Input { get; init; } = [];

    public string Folder { get; init; } = "";

    public ProcessStartInfo ToStartInfo()
    {
        // A background job of a script ignores SIGINT and would pass that to its children.
        var start = new ProcessStartInfo("env", ["--default-signal=INT,QUIT", Program, .. Arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Folder,
        };
        start.Environment["LC_ALL"] = "C.UTF-8";
        start.Environment["NO_COLOR"] = "1";
        foreach (var (name, value) in Environment)
            start.Environment[name] = value;
        return start;
    }
}

/// <summary>The result of a child.</summary>
internal sealed record ChildResult(int ExitCode, byte[] Output, string Errors)
{
    public string StandardOutput => Encoding.UTF8.GetString(Output);

    /// <summary>Asserts success and returns the output.</summary>
    public string MustSucceed()
    {
        Assert.True(ExitCode == 0, $"Exit code {ExitCode}: {Errors}\n{StandardOutput}");
        return StandardOutput;
    }
}

/// <summary>A child process; disposal ends it and its children.</summary>
internal sealed class Child : IDisposable
{
    private readonly Process _process;
    private readonly MemoryStream _output = new();
    private readonly TaskCompletionSource<string> _firstLine = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _reading;
    private readonly Task<string> _errors;
    private readonly Task _writing;

    public Child(ChildOptions options, PrivateNetwork? network = null)
    {
        Need.Programs(options.Program);
        // Only the start runs in the namespace; I/O runs on pool threads.
        _process = network is null
            ? Process.Start(options.ToStartInfo())!
            : network.Inside(() => Process.Start(options.ToStartInfo())!);
        _errors = _process.StandardError.ReadToEndAsync();
        _reading = ReadAsync();
        _writing = options.Input is { } input ? WriteAsync(input) : Task.CompletedTask;
    }

    public int Id => _process.Id;

    public Stream Input => _process.StandardInput.BaseStream;

    /// <summary>The first line of output, once written.</summary>
    public Task<string> FirstLineAsync() => _firstLine.Task.OrFail();

    /// <summary>Waits for its exit.</summary>
    /// <param name="limit">The limit of the wait; null for the usual one.</param>
    public async Task<ChildResult> EndAsync(TimeSpan? limit = null)
    {
        await _process.WaitForExitAsync().WaitAsync(limit ?? Until.Timeout, TestContext.Current.CancellationToken);
        await Task.WhenAll(_reading, _errors, _writing).OrFail();
        return new ChildResult(_process.ExitCode, _output.ToArray(), await _errors);
    }

    /// <summary>Sends it a signal, such as TERM.</summary>
    public void Signal(string name)
    {
        // The shell's own kill: the program of that name is not on every machine.
        using var kill = Process.Start(
            "sh", ["-c", "kill -s \"$1\" \"$2\"", "sh", name, _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[64 * 1024];
        int count;
        while ((count = await _process.StandardOutput.BaseStream.ReadAsync(buffer)) > 0)
        {
            _output.Write(buffer, 0, count);
            if (!_firstLine.Task.IsCompleted
                && Encoding.UTF8.GetString(_output.ToArray()).Split('\n') is [var line, _, ..])
            {
                _firstLine.SetResult(line);
            }
        }

        _firstLine.TrySetException(new EndOfStreamException($"No line of output: {await _errors}"));
        // Observed, so that a fault without a waiter is not reported as unobserved.
        _ = _firstLine.Task.Exception;
    }

    private async Task WriteAsync(byte[] input)
    {
        try
        {
            await Input.WriteAsync(input);
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The child has closed its input; its result shows why.
        }
    }
}
