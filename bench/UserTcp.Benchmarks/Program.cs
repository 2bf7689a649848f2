using BenchmarkDotNet.Running;
using UserTcp.Benchmarks;

// `pair`, `memory`, `syncookies`, `hostile`, `crowd` and `short` are tables of their own, quick enough for every day; everything else is BenchmarkDotNet's.
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
