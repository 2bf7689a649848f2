using System.Diagnostics;
using System.Globalization;
using UserTcp.Mutants;

// Mutation test of the engine: tools/mutants [NAME...] applies one mutant at a time and runs the engine's tests and the
// simulation.
const int SeedCount = 2000;

if (args is [Seeds.Command, var number])
    return Seeds.Run(int.Parse(number, CultureInfo.InvariantCulture));

var root = Environment.CurrentDirectory;
var all = Mutant.ReadAll(Path.Combine(root, "tools", "mutants.txt"));
var unknown = args.Except(all.Select(mutant => mutant.Name)).ToList();
if (unknown.Count > 0)
{
    Console.Error.WriteLine($"mutants: unknown: {string.Join(", ", unknown)}");
    return 64;
}

var stale = all.Where(mutant => mutant.CountIn(File.ReadAllText(Path.Combine(root, mutant.File))) != 1).ToList();
if (stale.Count > 0)
{
    Console.Error.WriteLine("mutants: stale, since their original does not occur exactly once: "
        + $"{string.Join(", ", stale.Select(mutant => mutant.Name))}");
    return 1;
}

var chosen = args.Length > 0 ? all.Where(mutant => args.Contains(mutant.Name)).ToList() : all;
var workshop = new Workshop(root, SeedCount);
Console.Error.WriteLine("mutants: building, and running the tests and the simulation without a mutant");
try
{
    await workshop.PrepareAsync();
}
catch (InvalidOperationException problem)
{
    Console.Error.WriteLine($"mutants: {problem.Message}");
    return 70;
}

var survivors = 0;
foreach (Mutant mutant in chosen)
{
    var clock = Stopwatch.StartNew();
    var killer = await workshop.FindKillerAsync(mutant);
    survivors += killer is null ? 1 : 0;
    Console.WriteLine($"| `{mutant.Name}` | {mutant.Breaks} | {killer ?? "**SURVIVED**"} |");
    Console.Error.WriteLine(
        string.Create(CultureInfo.InvariantCulture, $"mutants: {mutant.Name}: {clock.Elapsed.TotalSeconds:0} s"));
}

Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture,
    $"{chosen.Count - survivors} of {chosen.Count} killed "
    + $"({100.0 * (chosen.Count - survivors) / chosen.Count:0.0} %)"));
return survivors == 0 ? 0 : 1;
