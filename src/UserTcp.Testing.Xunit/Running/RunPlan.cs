using System.Globalization;
using UserTcp.Impairment;
using Xunit;
using Xunit.v3;

namespace UserTcp.Testing.Xunit.Running;

/// <summary>The runs of a virtual test: what its attribute says, unless the environment says otherwise.</summary>
/// <param name="Options">The options of the first run.</param>
/// <param name="Seeds">How many seeds.</param>
/// <param name="Orders">How many orders with each.</param>
/// <param name="Twice">True to run each twice and to compare.</param>
/// <param name="Shrink">True to look for the fewest faults.</param>
internal sealed record RunPlan(VirtualNetworkOptions Options, int Seeds, int Orders, bool Twice, bool Shrink)
{
    private const string SeedVariable = "USERTCP_SEED";
    private const string OrderVariable = "USERTCP_ORDER";
    private const string FaultsVariable = "USERTCP_FAULTS";

    /// <summary>The plan of a test.</summary>
    /// <exception cref="VirtualNetworkException">The attribute or a variable is not valid.</exception>
    public static RunPlan Of(IXunitTest test)
    {
        var attribute = test.TestMethod.FactAttributes.OfType<VirtualFactAttribute>().First();
        var options = new VirtualNetworkOptions
        {
            Seed = attribute.Seed,
            Level = attribute.Level,
            Rerun = options => Rerun(test, options),
            IsOtherTest = () => TestContext.Current.Test is { } other && other.UniqueID != test.UniqueID,
        };
        if (attribute.Impairment is { } impairment)
            options = options with { Impairment = ParseImpairment(impairment) };
        var plan = new RunPlan(
            options, Positive(attribute.Seeds, nameof(attribute.Seeds)),
            Positive(attribute.Orders, nameof(attribute.Orders)), attribute.Twice, attribute.Shrink);
        return plan.WithVariables();
    }

    private RunPlan WithVariables()
    {
        var plan = this;
        if (Read(SeedVariable) is { } seed)
            plan = plan with { Options = plan.Options with { Seed = seed }, Seeds = 1, Orders = 1 };
        if (Read(OrderVariable) is { } order)
            plan = plan with { Options = plan.Options with { Order = order }, Orders = 1 };
        return ReadFaults() is { } faults
            ? plan with { Options = plan.Options with { OnlyFaults = faults } }
            : plan;
    }

    /// <summary>A line for a shell.</summary>
    private static string Rerun(IXunitTest test, VirtualNetworkOptions options)
    {
        var order = options.Order == 0
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $"{OrderVariable}={options.Order} ");
        var faults = options.OnlyFaults is { } only ? $"{FaultsVariable}={only} " : "";
        var method = $"{test.TestCase.TestClassName}.{test.TestCase.TestMethodName}";
        var isExplicit = test.Explicit ? " --explicit on" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{SeedVariable}={options.Seed} {order}{faults}dotnet test --filter-method \"{method}\"{isExplicit}");
    }

    private static ulong? Read(string variable)
    {
        var value = Environment.GetEnvironmentVariable(variable);
        if (string.IsNullOrEmpty(value))
            return null;
        return ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new VirtualNetworkException(
                VirtualFailureKind.Configuration,
                $"The variable {variable} is \"{value}\". Write a number from 0 to {ulong.MaxValue}, or unset it.");
    }

    private static VirtualFaultList? ReadFaults()
    {
        var value = Environment.GetEnvironmentVariable(FaultsVariable);
        if (string.IsNullOrEmpty(value))
            return null;
        return VirtualFaultList.TryParse(value, out var faults) ? faults : throw new VirtualNetworkException(
            VirtualFailureKind.Configuration,
            $"The variable {FaultsVariable} is \"{value}\". Copy it from the report of a failure, or unset it.");
    }

    private static LinkImpairment ParseImpairment(string impairment) =>
        LinkImpairment.TryParse(impairment, out var parsed, out var problem)
            ? parsed
            : throw new VirtualNetworkException(
                VirtualFailureKind.Configuration,
                $"Impairment = \"{impairment}\" of the test is not valid: {problem}");

    private static int Positive(int value, string property) => value >= 1
        ? value
        : throw new VirtualNetworkException(
            VirtualFailureKind.Configuration, $"{property} = {value} of the test is not valid: it is 1 or more.");
}
