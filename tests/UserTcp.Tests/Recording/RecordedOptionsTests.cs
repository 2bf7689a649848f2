using System.Net;
using System.Reflection;
using UserTcp.Engine.Contract;
using UserTcp.Recording;
using UserTcp.Tests.Recording.Kit;
using Xunit;

namespace UserTcp.Tests.Recording;

/// <summary>The options in a recording are those of the run, and one that cannot be recorded is refused.</summary>
public sealed class RecordedOptionsTests
{
    [Fact]
    public void Every_option_of_an_engine_is_recorded()
    {
        var options = new EngineOptions();
        foreach (var property in typeof(EngineOptions).GetProperties())
            property.SetValue(options, Other(property.PropertyType, property.GetValue(options)));
        var header = new RecordingHeader { Options = options };

        var read = RecordingJson.ReadHeader(RecordingJson.Write(header)).Options;

        foreach (var property in typeof(EngineOptions).GetProperties())
            Assert.Equal((property.Name, property.GetValue(options)), (property.Name, property.GetValue(read)));
    }

    [Fact]
    public void Every_option_of_a_connection_is_recorded()
    {
        var options = new ConnectionOptions();
        foreach (var property in Recorded())
            property.SetValue(options, Other(property.PropertyType, property.GetValue(options)));

        var read = RecordingJson.ReadOptions(RecordingJson.Write(options));

        Assert.NotEqual(new ConnectionOptions(), read);
        foreach (var property in Recorded())
            Assert.Equal((property.Name, property.GetValue(options)), (property.Name, property.GetValue(read)));

        static IEnumerable<PropertyInfo> Recorded() => typeof(ConnectionOptions).GetProperties()
            .Where(property => property.Name != nameof(ConnectionOptions.CustomCongestionControl));
    }

    [Fact]
    public async Task A_congestion_control_of_ones_own_is_refused_by_name()
    {
        var factory = new CongestionControlFactory("vegas-like", _ => throw new InvalidOperationException());
        var options = new DrivenOptions
        {
            Engine = () =>
            {
                var engine = new EngineOptions();
                engine.UseCongestionControl(factory);
                return engine;
            },
        };
        Assert.Contains(
            "'vegas-like'",
            Assert.Throws<NotSupportedException>(() => DrivenPair.Run(options, _ => Task.CompletedTask)).Message,
            StringComparison.Ordinal);

        var (near, _) = InMemoryLink.CreatePair();
        await using var stack = await UserTcpStack.StartAsync(new UserTcpStackOptions
        {
            Device = near,
            Addresses = [DrivenPair.ClientAddress],
            Recording = new UserTcpRecording(new MemoryStream()),
        });
        await Assert.ThrowsAsync<NotSupportedException>(async () => await stack.ListenAsync(
            new UserTcpListenerOptions
            {
                ListenEndPoint = new IPEndPoint(DrivenPair.ClientAddress, 80),
                CustomCongestionControl = factory,
            }));
        await Assert.ThrowsAsync<NotSupportedException>(async () => await stack.ConnectAsync(
            new UserTcpConnectionOptions
            {
                RemoteEndPoint = DrivenPair.Service,
                CustomCongestionControl = factory,
            }));
    }

    /// <summary>A value that differs from the default, and is valid.</summary>
    private static object Other(Type type, object? value)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(bool))
            return !(bool)value!;
        if (type == typeof(int))
            return ((int?)value ?? 4096) + 1;
        if (type == typeof(long))
            return ((long?)value ?? (1L << 21)) + 1;
        if (type == typeof(byte))
            return (byte)(((byte?)value ?? 0) + 8);
        if (type == typeof(TimeSpan))
            return ((TimeSpan?)value ?? TimeSpan.FromSeconds(70)) + TimeSpan.FromTicks(12_345);
        Assert.True(type.IsEnum, $"A value of {type} is needed here.");
        return Enum.GetValues(type).Cast<object>().First(other => !other.Equals(value));
    }
}
