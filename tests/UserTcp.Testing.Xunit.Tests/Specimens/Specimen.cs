using System.Text;
using Xunit;

namespace UserTcp.Testing.Xunit.Tests.Specimens;

/// <summary>Tests that other tests run in a process of their own: most of them fail on purpose.</summary>
public sealed class Specimen(ITestOutputHelper output)
{
    /// <summary>The option of the runner that names a test.</summary>
    public const string MethodOption = "-method";

    [VirtualFact(Explicit = true)]
    public async Task Asserts_what_is_not_so(VirtualNetwork network)
    {
        await ConnectAsync(network);

        output.WriteLine("it was connected");
        Assert.Equal(7, network.Hosts.Count); // The line of the failure.
    }

    [VirtualFact(Explicit = true)]
    public void Fails_without_a_parameter() => Assert.Fail("as it should");

    [VirtualFact(Explicit = true, Seed = 10, Seeds = 50)]
    public void Fails_with_seed_17(VirtualNetwork network)
    {
        output.WriteLine($"seed {network.Seed}");
        Assert.NotEqual(17UL, network.Seed);
    }

    [VirtualFact(Explicit = true, Orders = 50)]
    public async Task Depends_on_the_order(VirtualNetwork network)
    {
        var order = new StringBuilder();
        await Task.WhenAll(AppendAsync(network, order, 'a'), AppendAsync(network, order, 'b'));

        Assert.Equal("ab", order.ToString());
    }

    [VirtualFact(Explicit = true, Twice = true)]
    public void Differs_in_each_run(VirtualNetwork network) => network.Trace.Note(Guid.NewGuid().ToString());

    [VirtualFact(Explicit = true, Seeds = 50, Impairment = "loss=20%,delay=5ms,dup=20%")]
    public async Task Needs_the_first_SYN(VirtualNetwork network)
    {
        await ConnectAsync(network);

        Assert.True(network.Elapsed < TimeSpan.FromSeconds(1), "the handshake took a second");
    }

    [VirtualFact(Explicit = true, Impairment = "loss=lots")]
    public void Has_an_impairment_that_is_not_valid()
    {
    }

    [VirtualFact(Explicit = true, Seeds = 0)]
    public void Has_no_seeds()
    {
    }

    [VirtualFact(Explicit = true, Timeout = 100)]
    public async Task Goes_on_for_ever(VirtualNetwork network)
    {
        while (!TestContext.Current.CancellationToken.IsCancellationRequested)
            await Task.Delay(TimeSpan.FromMilliseconds(1), network.TimeProvider, CancellationToken.None);
    }

    [VirtualFact(Explicit = true, Seeds = 3)]
    public void Skips_itself() => Assert.Skip("not today");

    [VirtualFact(Explicit = true)]
    public void Ends_the_process() => Environment.Exit(3);

    [VirtualTheory(Explicit = true)]
    [InlineData(1)]
    [InlineData(2)]
    public void Fails_with_2(VirtualNetwork network, int data)
    {
        Assert.Empty(network.Hosts);
        Assert.Equal(1, data);
    }

    [VirtualTheory(Explicit = true, DisableDiscoveryEnumeration = true)]
    [InlineData(1)]
    [InlineData(2)]
    public void Finds_its_data_late(VirtualNetwork network, int data)
    {
        Assert.Empty(network.Hosts);
        Assert.Equal(1, data);
    }

    private static async Task ConnectAsync(VirtualNetwork network)
    {
        await using var listener = await network.AddHost("server").ListenAsync(80);
        await using var connection = await network.AddHost("client").ConnectAsync("server", 80);
    }

    private static async Task AppendAsync(VirtualNetwork network, StringBuilder order, char name)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(1), network.TimeProvider);
        order.Append(name);
    }
}
