using Xunit;

namespace UserTcp.Testing.Xunit.Tests;

/// <summary>The class of a virtual test and its fixture.</summary>
public sealed class RunLifetimeTests(RunLifetimeTests.Shared shared)
    : IClassFixture<RunLifetimeTests.Shared>, IAsyncLifetime
{
    private bool _isInitialized;
    private int _uses;

    public ValueTask InitializeAsync()
    {
        _isInitialized = true;
        return default;
    }

    public ValueTask DisposeAsync()
    {
        shared.Disposed++;
        return default;
    }

    [VirtualFact(Seed = 5, Seeds = 10, Orders = 2)]
    public async Task Each_run_has_a_network_and_a_class_of_its_own(VirtualNetwork network)
    {
        shared.Seeds.Add(network.Seed);
        _uses++;
        await using var listener = await network.AddHost("server").ListenAsync(80);
        await using var connection = await network.AddHost("client").ConnectAsync("server", 80);

        Assert.True(_isInitialized);
        Assert.Equal(1, _uses);
        Assert.Equal(shared.Seeds.Count - 1, shared.Disposed);
        Assert.Equal(5UL + (ulong)((shared.Seeds.Count - 1) / 2), network.Seed);
    }

    /// <summary>One for all tests of the class.</summary>
    public sealed class Shared
    {
        public List<ulong> Seeds { get; } = [];

        public int Disposed { get; set; }
    }
}
