using Xunit;

namespace UserTcp.Testing.Xunit.Tests;

/// <summary>What the properties of the attribute do.</summary>
public sealed class VirtualFactAttributeTests
{
    public static bool No => false;

    [VirtualFact(Seeds = 3)]
    public void Each_run_has_attachments_of_its_own() => TestContext.Current.AddAttachment("name", "content");

    [VirtualFact(DisplayName = "A display name")]
    public void A_display_name_is_used() => Assert.Equal("A display name", TestContext.Current.Test!.TestDisplayName);

    [VirtualFact(Impairment = "delay=7ms")]
    public async Task An_impairment_is_used(VirtualNetwork network)
    {
        await using var listener = await network.AddHost("server").ListenAsync(80);
        await using var connection = await network.AddHost("client").ConnectAsync("server", 80);

        Assert.Equal(TimeSpan.FromMilliseconds(14), network.Elapsed);
    }

    [VirtualFact(Level = VirtualLevel.Fates)]
    public async Task A_level_is_used(VirtualNetwork network)
    {
        Assert.Equal(VirtualLevel.Fates, network.Level);
        await Task.Delay(TimeSpan.FromHours(1), network.TimeProvider);
    }

    [VirtualFact(Skip = "for the test", SkipWhen = nameof(No))]
    public void A_condition_for_skipping_is_looked_at(VirtualNetwork network) => Assert.Empty(network.Hosts);

    [VirtualFact(Twice = true, Seeds = 3, Impairment = "loss=5%,delay=1ms,reorder=10%")]
    public async Task Two_runs_are_the_same(VirtualNetwork network)
    {
        await using var listener = await network.AddHost("server").ListenAsync(80);
        var accepting = listener.AcceptConnectionAsync();
        await using var client = await network.AddHost("client").ConnectAsync("server", 80);
        await using var server = await accepting;
        await client.GetStream().WriteAsync(new byte[100_000]);
        client.CompleteWrites();

        using var received = new MemoryStream();
        await server.GetStream().CopyToAsync(received);

        Assert.Equal(100_000, received.Length);
    }
}
