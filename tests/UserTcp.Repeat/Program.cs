using System.CommandLine;
using UserTcp.Impairment;
using UserTcp.Repeat;
using UserTcp.Testing;

var seed = new Option<ulong>("--seed") { Description = "the seed", DefaultValueFactory = _ => 7 };
var openSsl = new Option<bool>("--openssl") { Description = "draw OpenSSL's random numbers from the seed as well" };
var processes = new Option<int>("--processes") { Description = "number of processes", DefaultValueFactory = _ => 10 };
var hogs = new Option<int>("--hogs") { Description = "threads that burn CPU in each process" };
var noTiering = new Option<bool>("--no-tiering") { Description = "compile everything fully at once" };
var cpu = new Option<int?>("--cpu") { Description = "hold each process to this CPU" };
var trace = new Option<string?>("--trace") { Description = "write what happened to this file" };

var run = new Command("run", "Runs the scenario once, and prints the hashes of what happened.")
{
    seed, openSsl, hogs, trace
};
run.SetAction(async (parsed, token) =>
{
    CpuHogs.Start(parsed.GetValue(hogs));
    var options = new VirtualNetworkOptions
    {
        Seed = parsed.GetValue(seed),
        SeedsOpenSsl = parsed.GetValue(openSsl),
        Impairment = LinkImpairment.Parse("loss=3%,delay=5ms,jitter=1ms"),
        Captures = null,
    };
    var result = await VirtualNetwork.TryRunAsync(Scenario.RunAsync, options, token);
    if (parsed.GetValue(trace) is { } path)
        await File.WriteAllLinesAsync(path, result.Trace.Lines, token);
    if (result.Report is not null)
        await Console.Error.WriteLineAsync(result.Report);
    var events = result.Trace;
    Console.WriteLine($"{events.OrderHash} {events.WireHash} {events.Lines.Count} lines {result.Elapsed}");
    return result.Error is null ? 0 : 1;
});

var check = new Command("check", "Runs the scenario in many processes, and compares what happened.")
{
    seed, openSsl, hogs, processes, noTiering, cpu,
};
check.SetAction((parsed, token) => Check.RunAsync(
    new CheckOptions(
        parsed.GetValue(processes), parsed.GetValue(seed), parsed.GetValue(openSsl), parsed.GetValue(hogs),
        parsed.GetValue(noTiering), parsed.GetValue(cpu)),
    token));

var measure = new Command("measure", "Measures how fast virtual time passes, and how many tests run in a second.");
measure.SetAction((_, _) => Measure.RunAsync());

return await new RootCommand("Shows that a test on a virtual network repeats exactly, and how fast.")
{
    run, check, measure
}
    .Parse(args).InvokeAsync();
