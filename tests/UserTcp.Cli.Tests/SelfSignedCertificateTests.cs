using UserTcp.Cli.Services.Http;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>The certificate of `https` never expires while the service runs.</summary>
public sealed class SelfSignedCertificateTests
{
    [Fact]
    public void A_new_one_follows_before_it_expires()
    {
        var clock = new Clock();
        using var certificate = new SelfSignedCertificate(["198.18.0.2"], clock);
        var first = certificate.Value;

        clock.Now += TimeSpan.FromDays(28.9);
        Assert.Same(first, certificate.Value);
        clock.Now += TimeSpan.FromDays(0.2);
        var second = certificate.Value;

        Assert.NotSame(first, second);
        Assert.True(second.NotAfter.ToUniversalTime() - clock.Now.UtcDateTime > TimeSpan.FromDays(29));
        Assert.Same(second, certificate.Value);
    }

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UtcNow;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
