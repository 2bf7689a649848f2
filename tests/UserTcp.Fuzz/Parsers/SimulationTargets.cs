using System.Text;
using System.Text.Json;
using UserTcp.Fuzz.Running;
using UserTcp.Impairment;
using UserTcp.Simulation;
using static UserTcp.Fuzz.Running.FindingException;

namespace UserTcp.Fuzz.Parsers;

/// <summary>The format of impairments: an accepted string round-trips.</summary>
internal sealed class ImpairmentTarget : FuzzTarget
{
    private static readonly string[] Words =
    [
        "loss=", "1%", "0.5%", "100%", ",", ",", "delay=", "20ms", "500us", "2s", "jitter=", "reorder=",
        "reorderdelay=", "dup=", "corrupt=", "rate=", "50mbit", "1gbit", "1kbit", "queue=", "100", "ecn=", "mtu=",
        "1280", "seed=", "7", "burst=", "burstlength=", "replay=", "replayage=", "=", "-", "1e9",
        "NaN", "99999999999999999999", " ", "0x10", "%", "é", "drop=", "hold=", "mark=", "fin:1", "seq:5001",
        "data:3-5", "ack-of-fin:1", ":2s", ":to-stack", ":", "3/2",
    ];

    public override string Name => "impairment";

    public override byte[] Generate(ulong number)
    {
        var dice = new Dice(Dice.Mix(number, 7));
        return Samples.Words(ref dice, Words, 16);
    }

    public override int Run(ReadOnlySpan<byte> input, Features features)
    {
        var text = Encoding.UTF8.GetString(input);
        if (!LinkImpairment.TryParse(text, out var impairment, out var problem))
        {
            features.Add("refused");
            features.Hit(71, problem.Length);
            Require(problem.Length > 0, "impairment: problem", "It is refused without a word.");
            return 1;
        }

        features.Add("taken");
        var written = impairment.ToString();
        features.Hit(70, written.Count(c => c == ','), written.Length);
        Require(
            LinkImpairment.TryParse(written, out var again, out _) && again.ToString() == written,
            "impairment: round trip", $"'{written}' reads as something else.");
        return 1;
    }
}

/// <summary>Scenarios as JSON: rejected with the documented exception, or accepted and round-tripped.</summary>
internal sealed class ScenarioTarget : FuzzTarget
{
    private static readonly string[] Words =
    [
        "{", "}", "[", "]", ",", ":", "\"seed\"", "\"client\"", "\"mtu\"", "\"toServer\"", "\"loss=1%\"",
        "\"connections\"", "\"incidents\"", "\"at\"", "\"00:00:01\"", "\"kind\"", "\"Partition\"", "1", "-1", "1e999",
        "null", "true", "\"healAt\"", "\"\\ud800\"", "\"x\"", "18446744073709551616",
    ];

    public override string Name => "scenario";

    public override byte[] Generate(ulong number)
    {
        var dice = new Dice(Dice.Mix(number, 8));
        return dice.OneIn(3)
            ? Samples.Words(ref dice, Words, 30)
            : Samples.Disturb(
                Encoding.UTF8.GetBytes(ScenarioJson.Write(Scenario.FromSeed(dice.Next() % 1000))),
                ref dice, head: int.MaxValue);
    }

    public override int Run(ReadOnlySpan<byte> input, Features features)
    {
        Scenario scenario;
        try
        {
            scenario = ScenarioJson.Read(Encoding.UTF8.GetString(input));
        }
        catch (JsonException)
        {
            features.Add("refused");
            return 1;
        }

        features.Add("taken");
        var written = ScenarioJson.Write(scenario);
        features.Hit(80, Features.Magnitude(written.Length), scenario.Connections?.Count ?? -1);
        Require(
            ScenarioJson.Write(ScenarioJson.Read(written)) == written, "scenario: round trip",
            "It reads as something else.");
        return 1;
    }
}
