using System.Buffers.Binary;
using UserTcp.Engine.Contract;
using UserTcp.Fuzz.Running;
using static UserTcp.Fuzz.Running.FindingException;

namespace UserTcp.Fuzz.WholeEngine;

/// <summary>The whole engine: a head of 8 bytes that decides its options, then steps of 8 bytes.</summary>
internal sealed class EngineTarget : FuzzTarget
{
    public const string TargetName = "engine";

    private const int WordLength = 8;
    private const int MinSteps = 4;
    private const int MaxSteps = 120;

    private readonly FuzzPool _pool = new();
    private readonly EngineWorld.Buffers _buffers = new();

    public override string Name => TargetName;

    public override int HeadLength => WordLength;

    public override int StepLength => WordLength;

    public override byte[] Generate(ulong number)
    {
        var dice = new Dice(Dice.Mix(number, 0xE61E));
        var steps = dice.Between(MinSteps, MaxSteps);
        var input = new byte[WordLength * (1 + steps)];
        for (var at = 0; at < input.Length; at += WordLength)
            BinaryPrimitives.WriteUInt64LittleEndian(input.AsSpan(at), dice.Next());
        return input;
    }

    public override int Run(ReadOnlySpan<byte> input, Features features)
    {
        if (input.Length < WordLength)
            return 0;
        try
        {
            var world = new EngineWorld(
                new WorldSetup(BinaryPrimitives.ReadUInt64LittleEndian(input)), _pool, features, _buffers)
            {
                Log = Log,
            };
            Log?.WriteLine(System.Text.Json.JsonSerializer.Serialize(world.Setup.Options));
            world.Run(input[WordLength..]);
            var faults = world.Engine.Counters[Counter.ConnectionFaults];
            Require(
                faults <= _pool.Refused, "fault contained",
                $"{faults} exceptions were contained, {_pool.Refused} caused on purpose.");
        }
        finally
        {
            _pool.Abandon();
        }

        return (input.Length / WordLength) - 1;
    }
}
