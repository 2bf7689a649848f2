using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using UserTcp.Impairment;
using UserTcp.Tun;

namespace UserTcp.Hosting;

/// <summary>Reports each invalid option, and its valid values.</summary>
internal sealed class UserTcpOptionsValidator : IValidateOptions<UserTcpOptions>
{
    private const int MaxNameLength = 15;

    private const int MaxQueues = 16;

    private const int MaxFaultCaptures = 10_000;

    /// <summary>Far below the limit of the host's timers, some weeks.</summary>
    private static readonly TimeSpan MaxDrain = TimeSpan.FromHours(1);

    /// <summary>A thousand times the cost of a wake-up.</summary>
    private static readonly TimeSpan MaxSpin = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan MinTrimInterval = TimeSpan.FromMilliseconds(1);

    public ValidateOptionsResult Validate(string? name, UserTcpOptions options)
    {
        var problems = new List<string>();
        if (options.Device.Length is 0 or > MaxNameLength || options.Device.Any(c => char.IsWhiteSpace(c) || c == '/'))
        {
            problems.Add($"{nameof(options.Device)} '{options.Device}' is not an interface name: 1 to {MaxNameLength} "
                + "characters, neither '/' nor white space.");
        }

        CheckAddresses(options, problems);
        if (options.Mtu is < 68 or > 65_535)
            problems.Add(Format($"{nameof(options.Mtu)} {options.Mtu} is not between 68 and 65535."));
        if (options.Queues is < 1 or > MaxQueues)
            problems.Add(Format($"{nameof(options.Queues)} {options.Queues} is not between 1 and {MaxQueues}."));
        if (options.DrainTimeout < TimeSpan.Zero || options.DrainTimeout > MaxDrain)
        {
            problems.Add(
                $"{nameof(options.DrainTimeout)} {options.DrainTimeout} is not between 00:00:00 and {MaxDrain}.");
        }

        if (options.SpinTime < TimeSpan.Zero || options.SpinTime > MaxSpin)
            problems.Add($"{nameof(options.SpinTime)} {options.SpinTime} is not between 00:00:00 and {MaxSpin}.");
        if (options.MaxWatchers < 0)
        {
            problems.Add(
                Format($"{nameof(options.MaxWatchers)} {options.MaxWatchers} is negative; 0 refuses all watchers."));
        }

        if (options.IdleTrimInterval < MinTrimInterval && options.IdleTrimInterval != Timeout.InfiniteTimeSpan)
        {
            problems.Add($"{nameof(options.IdleTrimInterval)} {options.IdleTrimInterval} is less than "
                + $"{MinTrimInterval}; -00:00:00.001 keeps idle blocks for ever.");
        }

        CheckFile(options.CaptureFile, nameof(options.CaptureFile), "trace.pcapng", problems);
        CheckFile(options.RecordFile, nameof(options.RecordFile), "run.utr", problems);
        if (options.MaxRecordLength <= 0)
            problems.Add(Format($"{nameof(options.MaxRecordLength)} {options.MaxRecordLength} is not above 0."));
        if (options.FaultCaptureFolder is { } folder && !Directory.Exists(folder))
        {
            problems.Add($"{nameof(options.FaultCaptureFolder)}: the folder '{folder}' does not exist; make it, "
                + "or name another.");
        }

        if (options.MaxFaultCaptures is < 0 or > MaxFaultCaptures)
        {
            problems.Add(
                Format($"{nameof(options.MaxFaultCaptures)} {options.MaxFaultCaptures} is not between 0 (none) ")
                + Format($"and {MaxFaultCaptures}."));
        }

        if (options.FlightRecorderFrames is < 0 or > UserTcpStackOptions.MaxFlightRecorderFrames)
        {
            problems.Add(
                Format($"{nameof(options.FlightRecorderFrames)} {options.FlightRecorderFrames} is not between ")
                + Format($"0 (none) and {UserTcpStackOptions.MaxFlightRecorderFrames}."));
        }

        CheckImpairment(nameof(options.Impair), options.Impair, problems);
        CheckImpairment(nameof(options.ImpairFromStack), options.ImpairFromStack, problems);
        CheckImpairment(nameof(options.ImpairToStack), options.ImpairToStack, problems);
        foreach (var problem in options.Engine.Validate())
            problems.Add($"{nameof(options.Engine)}: {problem}");
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private static void CheckImpairment(string name, string? impair, List<string> problems)
    {
        if (impair is not null && !LinkImpairment.TryParse(impair, out _, out var wrong))
            problems.Add($"{name}: {wrong}.");
    }

    private static void CheckAddresses(UserTcpOptions options, List<string> problems)
    {
        foreach (var text in options.Addresses)
        {
            if (!IsHostAddress(text, out var address))
            {
                problems.Add(
                    $"{nameof(options.Addresses)}: '{text}' is not the IP address of a host, such as 198.18.0.2.");
            }
            else if (address.AddressFamily == AddressFamily.InterNetworkV6 && options.Mtu is >= 68 and < 1280)
            {
                problems.Add(
                    Format($"{nameof(options.Mtu)} {options.Mtu} is too small for {text}: ")
                    + "IPv6 needs 1280 (RFC 8200 section 5).");
            }
        }

        foreach (var text in options.KernelAddresses)
        {
            if (!TunAddress.TryParse(text, out var address))
            {
                problems.Add($"{nameof(options.KernelAddresses)}: '{text}' is not an address with a prefix length, "
                    + "such as 198.18.0.1/24.");
            }
            else if (options.Addresses.Any(own => IPAddress.TryParse(own, out var ip) && ip.Equals(address.Address)))
            {
                problems.Add($"{nameof(options.KernelAddresses)}: {address.Address} is the stack's own address; the "
                    + "kernel needs another one of the same network.");
            }
        }
    }

    /// <summary>True for a unicast address written in full; the framework also parses 198.18.2 as 198.18.0.2.</summary>
    private static bool IsHostAddress(string text, [NotNullWhen(true)] out IPAddress? address)
    {
        if (!IPAddress.TryParse(text, out address))
            return false;
        return address.AddressFamily == AddressFamily.InterNetworkV6
            ? !(address.IsIPv6Multicast || address.IsIPv4MappedToIPv6 || address.Equals(IPAddress.IPv6Any)
                || IPAddress.IsLoopback(address))
            : text.Count(c => c == '.') == 3 && address.GetAddressBytes()[0] is > 0 and not 127 and < 224;
    }

    private static void CheckFile(string? file, string option, string example, List<string> problems)
    {
        if (file is null)
            return;
        if (file.Length == 0 || Directory.Exists(file))
        {
            problems.Add($"{option} '{file}' is not a file: name one, such as {example}.");
        }
        else if (Path.GetDirectoryName(Path.GetFullPath(file)) is { } folder && !Directory.Exists(folder))
        {
            problems.Add($"{option}: the folder '{folder}' does not exist; make it, or name another.");
        }
    }

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
