using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using System.Net.Sockets;

namespace UserTcp.Cli.Netcat;

/// <summary>The arguments of `nc` that say what to connect; letters as nc(1) of OpenBSD has them.</summary>
internal sealed class NcArguments
{
    private readonly Argument<string[]> _target = new("target")
    {
        Description = "HOST PORT, or PORT with --listen; a name such as http is a port as well",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<bool> _listen = new("--listen", "-l")
    {
        Description = "Wait for a connection instead of making one",
    };

    private readonly Option<bool> _keep = new("--keep", "-k")
    {
        Description = "With --listen: wait for another connection after each",
    };

    private readonly Option<bool> _scan = new("--scan", "-z")
    {
        Description = "Report which ports accept a connection; PORT may be a range such as 20-25",
    };

    private readonly Option<bool> _udp = new("--udp", "-u") { Hidden = true };
    private readonly FamilyOptions _family = new();
    private readonly Option<int?> _port = CheckedOptions.Number(
        "--port", ["-p"], "Our port: the source port, or the one to listen on", 1, 65_535);
    private readonly Option<TimeSpan?> _wait = CheckedOptions.Seconds(
        "--wait", ["-w"], "Stop connecting to a port, or waiting, after that long");

    private readonly Option<bool> _verbose = new("--verbose", "-v") { Description = "Log events on standard error" };

    public void AddTo(Command command)
    {
        command.Arguments.Add(_target);
        foreach (var option in new Option[] { _listen, _keep, _scan, _port })
            command.Options.Add(option);
        _family.AddTo(command);
        foreach (var option in new Option[] { _udp, _wait, _verbose })
            command.Options.Add(option);

        command.Validators.Add(Check);
    }

    public NcRequest Read(ParseResult parsed)
    {
        var target = parsed.GetValue(_target) ?? [];
        var listens = parsed.GetValue(_listen);
        var port = parsed.GetValue(_port) ?? 0;
        var ports = new PortRange((ushort)port, (ushort)port);
        if (target.Length > 0)
            _ = PortRange.TryParse(target[^1], out ports);
        return new NcRequest(listens ? "" : target[0], ports)
        {
            Listens = listens,
            Keeps = parsed.GetValue(_keep),
            Scans = parsed.GetValue(_scan),
            SourcePort = listens ? 0 : port,
            Family = _family.IsIPv4Only(parsed) ? AddressFamily.InterNetwork
                : _family.IsIPv6Only(parsed) ? AddressFamily.InterNetworkV6
                : AddressFamily.Unspecified,
            Wait = parsed.GetValue(_wait),
            IsVerbose = parsed.GetValue(_verbose),
        };
    }

    private void Check(CommandResult result)
    {
        if (FindConflict(result) is { } conflict)
        {
            result.AddError(conflict);
            return;
        }

        var target = result.GetValue(_target) ?? [];
        var listens = result.GetValue(_listen);
        // With -l the port may be the value of -p.
        var hasPort = listens && result.GetResult(_port) is not null;
        if (target.Length != (listens ? hasPort ? 0 : 1 : 2))
        {
            result.AddError(
                hasPort ? "nc takes -l PORT or -l -p PORT, not both" : "nc takes HOST PORT, or -l PORT");
            return;
        }

        if (target.Length > 0 && FindProblem(result, target, listens) is { } problem)
            result.AddError(problem);
    }

    private string? FindConflict(CommandResult result)
    {
        if (UnknownOption.FindIn(result.GetValue(_target) ?? [], result.Command) is { } unknown)
            return unknown;
        if (result.GetValue(_udp))
            return "-u: this nc has TCP only: leave out -u, or use the kernel's nc -u";
        if (_family.FindConflict(result) is { } conflict)
            return conflict;
        if (result.GetValue(_keep) && !result.GetValue(_listen))
            return "-k needs -l: it waits for one connection after another";
        if (result.GetValue(_scan) && result.GetValue(_listen))
            return "-z excludes -l: it makes connections";
        return null;
    }

    private string? FindProblem(CommandResult result, string[] target, bool listens)
    {
        if (!PortRange.TryParse(target[^1], out var ports))
            return $"'{target[^1]}' is not {PortRange.Expected}";
        if (!ports.IsOnePort && !result.GetValue(_scan))
            return $"'{target[^1]}' is a range of ports: add -z to scan it, or name one port";
        if (!listens && IPAddress.TryParse(target[0], out var address))
        {
            var isIPv4 = address.AddressFamily == AddressFamily.InterNetwork;
            if (isIPv4 ? _family.IsIPv6Only(result) : _family.IsIPv4Only(result))
                return $"'{target[0]}' is not an IPv{(isIPv4 ? 6 : 4)} address, as -{(isIPv4 ? 6 : 4)} demands";
        }

        return null;
    }
}
