using Xunit.Sdk;
using Xunit.v3;

// Each class has a lab of its own. Most of a test's time is spent waiting for frames of the browser, and for its lab.
[assembly: Parallelization(Mode = ParallelMode.Collections, MaxThreads = 4)]
