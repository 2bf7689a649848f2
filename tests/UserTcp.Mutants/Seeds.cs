using System.Globalization;
using UserTcp.Simulation;

namespace UserTcp.Mutants;

/// <summary>
/// The simulation as a test of mutants, in a process of its own with the engine assembly beside the program.
/// </summary>
internal static class Seeds
{
    public const string Command = "seeds";

    /// <summary>Runs seeds until one breaks an invariant, and prints it.</summary>
    public static int Run(int count)
    {
        string? first = null;
        Parallel.For(1, count + 1, (seed, loop) =>
        {
            if (Verdict((ulong)seed) is not { } verdict)
                return;
            Interlocked.CompareExchange(ref first, verdict, null);
            loop.Stop();
        });
        if (first is null)
            return 0;
        Console.WriteLine(first);
        return 1;
    }

    private static string? Verdict(ulong seed)
    {
        try
        {
            return Simulator.Run(Scenario.FromSeed(seed)).Violation is { } violation
                ? string.Create(CultureInfo.InvariantCulture, $"seed {seed}: {violation.Invariant}")
                : null;
        }
#pragma warning disable CA1031 // Any exception of a mutant kills it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return string.Create(CultureInfo.InvariantCulture, $"seed {seed}: {exception.GetType().Name}");
        }
    }
}
