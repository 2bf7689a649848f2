namespace UserTcp.AspNetCore.Tests.Kit;

/// <summary>What a client and an application do to each other, and what comes of it.</summary>
/// <param name="Expected">
/// The outcome over Kestrel's transport over sockets, in words that do not depend on time.
/// </param>
/// <param name="RunAsync">Runs the case over a transport; returns the outcome.</param>
internal sealed record WebCase(string Expected, Func<Transport, Task<string>> RunAsync);

/// <summary>A list of named cases.</summary>
internal sealed class WebCases : Dictionary<string, WebCase>
{
    /// <summary>Adds a case.</summary>
    public void Add(string name, string expected, Func<Transport, Task<string>> run) =>
        Add(name, new WebCase(expected, run));
}
