using System.CommandLine;
using System.Globalization;
using UserTcp.Cli.Campaigns;

namespace UserTcp.Cli.Commands;

/// <summary>`usertcp campaign`: puts the result lines of many ranges together.</summary>
internal static class CampaignCommand
{
    private static readonly Argument<string[]> Files = new("FILE")
    {
        Description = "Result lines; standard input when there is none",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private static readonly Option<bool> Json = new("--json") { Description = "One JSON line instead of text" };
    private static readonly Option<Expectation[]> Expect = new("--expect")
    {
        Description = "What has to be covered, of one tool and target or of each; may be repeated",
        HelpName = "[TOOL[/TARGET]=]FIRST..LAST",
        CustomParser = result => [.. result.Tokens.Select(token =>
        {
            if (Expectation.Parse(token.Value) is { } expectation)
                return expectation;
            result.AddError($"--expect: '{token.Value}' is not a range such as 1..1000 or sim=1..1000");
            return new Expectation(null, default);
        })],
    };

    public static Command Create()
    {
        var command = new DetailedCommand(
            "campaign", "Put the results of many ranges together",
            """
            Reads the lines that 'sim --range', 'tools/diff --range' and 'tools/fuzz --range' print with --json,
            in any order. Says for each tool and target which seeds were covered, gaps, overlaps, failures,
            sums, and what was never met. Without --expect only gaps between the first seed and the last
            are seen. Exits with 0 when all is covered and nothing failed, else with 1.

            Example:
              usertcp campaign --expect sim=1..2000 results.jsonl
            """)
        {
            Files, Expect, Json,
        };
        command.Validators.Add(static result =>
        {
            if (UnknownOption.FindIn(result.GetValue(Files) ?? [], result.Command) is { } unknown)
                result.AddError(unknown);
        });
        command.SetAction((parsed, _) => Task.FromResult(Run(parsed)));
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        var campaign = new Campaign();
        var files = parsed.GetValue(Files) ?? [];
        if (files.Length == 0)
            Read(campaign, Console.In, "standard input");
        foreach (var file in files)
        {
            using var reader = InputFile.Open("FILE", file);
            Read(campaign, reader, file);
        }

        foreach (var expectation in parsed.GetValue(Expect) ?? [])
            campaign.Expect(expectation);
        if (parsed.GetValue(Json))
            Console.Out.WriteLine(CampaignReport.ToJson(campaign).ToJsonString());
        else
            CampaignReport.Print(campaign, Console.Out);
        return campaign.IsClean ? ExitCode.Success : ExitCode.Failure;
    }

    private static void Read(Campaign campaign, TextReader reader, string name)
    {
        for (var number = 1; reader.ReadLine() is { } line; number++)
            campaign.Add(line, string.Create(CultureInfo.InvariantCulture, $"{name}:{number}"));
    }
}
