using BenchmarkDotNet.Running;
using UserTcp.Benchmarks;

// `pair`, `memory`, `syncookies`, `hostile`, `crowd` and `short` are tables that take seconds; everything else is for
// BenchmarkDotNet.
return args switch
{
    ["pair", ..] => EnginePairTable.Run(),
    ["syncookies", ..] => SynCookieTable.Run(),
    ["hostile", ..] => HostileTable.Run(),
    ["memory", .. var rest] => MemoryTable.Run(rest),
    ["crowd", .. var rest] => CrowdTable.Run(rest),
    ["short", .. var rest] => ShortTable.Run(rest),
    _ => RunBenchmarks(args),
};

static int RunBenchmarks(string[] args)
{
    BenchmarkSwitcher.FromAssembly(typeof(EnginePairTable).Assembly).Run(args, new QuickConfig());
    return 0;
}
