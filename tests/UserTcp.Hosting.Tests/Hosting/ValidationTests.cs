using Microsoft.Extensions.Options;
using UserTcp.Hosting.Tests.Kit;
using Xunit;

namespace UserTcp.Hosting.Tests.Hosting;

/// <summary>
/// Invalid options are refused before anything is opened, with the option's name and its valid values.
/// </summary>
public sealed class ValidationTests
{
    public static TheoryData<string, string, string> Wrong => new()
    {
        { "Device", "", "Device '' is not an interface name: 1 to 15 characters, neither '/' nor white space." },
        {
            "Device", "a-name-of-16-char",
            "Device 'a-name-of-16-char' is not an interface name: 1 to 15 characters, neither '/' nor white space."
        },
        {
            "Device", "ut 0", "Device 'ut 0' is not an interface name: 1 to 15 characters, neither '/' nor white space."
        },
        { "Mtu", "67", "Mtu 67 is not between 68 and 65535." },
        { "Mtu", "65536", "Mtu 65536 is not between 68 and 65535." },
        { "Mtu", "1279", "Mtu 1279 is too small for 2001:db8:75::2: IPv6 needs 1280 (RFC 8200 section 5)." },
        { "DrainTimeout", "-00:00:01", "DrainTimeout -00:00:01 is not between 00:00:00 and 01:00:00." },
        { "SpinTime", "-00:00:01", "SpinTime -00:00:01 is not between 00:00:00 and 00:00:00.0500000." },
        { "SpinTime", "00:00:01", "SpinTime 00:00:01 is not between 00:00:00 and 00:00:00.0500000." },
        { "DrainTimeout", "100.00:00:00", "DrainTimeout 100.00:00:00 is not between 00:00:00 and 01:00:00." },
        { "Addresses:0", "ten", "Addresses: 'ten' is not the IP address of a host, such as 198.18.0.2." },
        { "Addresses:0", "198.18.2", "Addresses: '198.18.2' is not the IP address of a host, such as 198.18.0.2." },
        { "Addresses:0", "0.0.0.0", "Addresses: '0.0.0.0' is not the IP address of a host, such as 198.18.0.2." },
        { "Addresses:0", "127.0.0.1", "Addresses: '127.0.0.1' is not the IP address of a host, such as 198.18.0.2." },
        { "Addresses:0", "224.0.0.1", "Addresses: '224.0.0.1' is not the IP address of a host, such as 198.18.0.2." },
        {
            "Addresses:0", "255.255.255.255",
            "Addresses: '255.255.255.255' is not the IP address of a host, such as 198.18.0.2."
        },
        { "Addresses:0", "::", "Addresses: '::' is not the IP address of a host, such as 198.18.0.2." },
        { "Addresses:0", "::1", "Addresses: '::1' is not the IP address of a host, such as 198.18.0.2." },
        { "Addresses:0", "ff02::1", "Addresses: 'ff02::1' is not the IP address of a host, such as 198.18.0.2." },
        {
            "Addresses:0", "::ffff:198.18.0.2",
            "Addresses: '::ffff:198.18.0.2' is not the IP address of a host, such as 198.18.0.2."
        },
        {
            "KernelAddresses:0", "198.18.0.1",
            "KernelAddresses: '198.18.0.1' is not an address with a prefix length, such as 198.18.0.1/24."
        },
        {
            "KernelAddresses:0", "198.18.0.1/33",
            "KernelAddresses: '198.18.0.1/33' is not an address with a prefix length, such as 198.18.0.1/24."
        },
        {
            "KernelAddresses:0", "198.18.0.2/24",
            "KernelAddresses: 198.18.0.2 is the stack's own address; the kernel needs another one of the same network."
        },
        { "Queues", "0", "Queues 0 is not between 1 and 16." },
        { "Queues", "17", "Queues 17 is not between 1 and 16." },
        { "CaptureFile", "", "CaptureFile '' is not a file: name one, such as trace.pcapng." },
        { "CaptureFile", "/", "CaptureFile '/' is not a file: name one, such as trace.pcapng." },
        {
            "CaptureFile", "/nowhere/at/all.pcapng",
            "CaptureFile: the folder '/nowhere/at' does not exist; make it, or name another."
        },
        { "RecordFile", "/", "RecordFile '/' is not a file: name one, such as run.utr." },
        { "MaxRecordLength", "0", "MaxRecordLength 0 is not above 0." },
        {
            "FaultCaptureFolder", "/nowhere",
            "FaultCaptureFolder: the folder '/nowhere' does not exist; make it, or name another."
        },
        { "MaxFaultCaptures", "-1", "MaxFaultCaptures -1 is not between 0 (none) and 10000." },
        { "FlightRecorderFrames", "-1", "FlightRecorderFrames -1 is not between 0 (none) and 1048576." },
        { "Engine:Backlog", "0", "Engine: The field Backlog must be between 1 and 1048576." },
        {
            "Engine:DelayedAckTimeout", "00:00:00.5",
            "Engine: DelayedAckTimeout must be from 0 to below 500 ms (RFC 9293, MUST-40)."
        },
        { "Engine:LastEphemeralPort", "1024", "Engine: LastEphemeralPort must not be below FirstEphemeralPort." },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task Invalid_options_are_refused_by_name(string option, string value, string message)
    {
        await using var network = await Network.CreateAsync();
        using var host = Hosts.Build(network, [new($"UserTcp:{option}", value)]);

        var error = await Assert.ThrowsAsync<OptionsValidationException>(() =>
            host.StartAsync(TestContext.Current.CancellationToken));

        Assert.Equal([message], error.Failures);
        Assert.Equal(0, network.Device.Opened);
    }

    [Fact]
    public async Task All_errors_are_reported_at_once()
    {
        await using var network = await Network.CreateAsync();
        using var host = Hosts.Build(
            network, [new("UserTcp:Mtu", "1"), new("UserTcp:Device", "/"), new("UserTcp:Engine:HopLimit", "0")]);

        var error = await Assert.ThrowsAsync<OptionsValidationException>(() =>
            host.StartAsync(TestContext.Current.CancellationToken));

        Assert.Equal(["Device", "Mtu", "Engine:"], error.Failures.Select(failure => failure.Split(' ')[0]));
    }

    [Fact]
    public async Task A_small_MTU_is_fine_without_IPv6()
    {
        await using var network = await Network.CreateAsync();
        using var host = Hosts.Build(network, [new("UserTcp:Mtu", "68"), new("UserTcp:Addresses:0", "198.18.0.2")]);

        await host.StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal([Network.HostIPv4], (await host.StackAsync()).Addresses);
        await host.StopAsync(TestContext.Current.CancellationToken);
    }
}
