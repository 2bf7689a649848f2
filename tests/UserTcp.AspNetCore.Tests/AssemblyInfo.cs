using Xunit.Sdk;
using Xunit.v3;

// Most of a case's time is spent waiting: for Kestrel's clock, which beats once a second, and for the other side.
[assembly: Parallelization(Mode = ParallelMode.All, MaxThreads = 12)]
