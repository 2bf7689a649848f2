using System.Buffers.Binary;
using System.Text.Json;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Fuzz.Running;
using UserTcp.Fuzz.WholeEngine;
using static UserTcp.Fuzz.Running.FindingException;

namespace UserTcp.Fuzz.Parsers;

/// <summary>
/// Recordings: what `usertcp replay` runs again is bounded by the file, and throws nothing but the error of its format.
/// </summary>
internal sealed class RecordingTarget : FuzzTarget
{
    private const int Kinds = 22;

    private static readonly byte[] Header = CreateHeader();
    private static readonly byte[] Options = JsonSerializer.SerializeToUtf8Bytes(ConnectionOptions.Default);

    public override string Name => "recording";

    /// <summary>A file with a right header, so that the entries behind it are run.</summary>
    public override byte[] Generate(ulong number)
    {
        var dice = new Dice(Dice.Mix(number, 15));
        var file = new List<byte>(Header);
        Put(file, Listen());
        Put(file, Loss());
        for (var entries = dice.Below(24); entries > 0; entries--)
            Put(file, Entry(ref dice));
        return dice.OneIn(2) ? [.. file] : Samples.Disturb([.. file], ref dice, head: int.MaxValue);
    }

    public override int Run(ReadOnlySpan<byte> input, Features features)
    {
        try
        {
            using var replay = UserTcpReplay.Open(new MemoryStream(input.ToArray()));
            ReadAll(replay);
            features.Hit(82, replay.Difference is null ? 0 : 1 + Features.Magnitude((int)replay.Entries));
            // Without a loss nothing is compared, so that entries that fit nothing are run as well.
            if (TryLeaveOut(replay))
                ReadAll(replay);
            Require(replay.Entries <= input.Length / 2, "recording: count", $"{replay.Entries} entries.");
            Require(replay.GetConnections().Count <= input.Length, "recording: connections", "There are too many.");
            features.Hit(80, Features.Magnitude((int)replay.Entries));
            features.Hit(83, Features.Magnitude((int)replay.Events));
            features.Hit(84, Features.Magnitude((int)replay.Frames));
            features.Hit(85, replay.GetConnections().Count);
            features.Add("entries", (int)replay.Entries);
            return (int)replay.Entries;
        }
        catch (InvalidDataException)
        {
            features.Hit(81, 1);
            return 0;
        }
    }

    private static bool TryLeaveOut(UserTcpReplay replay)
    {
        try
        {
            replay.Restart(without: 1);
            return true;
        }
        catch (ArgumentException)
        {
            // There is no such loss any more.
            return false;
        }
    }

    private static void ReadAll(UserTcpReplay replay)
    {
        while (replay.TryRead(out _))
        {
            // To the end, or the first difference.
        }
    }

    /// <summary>The link has lost a frame on its way to the stack: event 1.</summary>
    private static byte[] Loss() => [19, 0, 2, 0, 0, 0, 0, .. new byte[34], .. new byte[2 + 8 + 1 + 7]];

    private static byte[] Listen() =>
        [7, 0, .. new byte[15], 0, 80, 0, 1, 0, 0, .. Number((ulong)Options.Length), .. Options];

    /// <summary>An entry of any kind: a frame with a segment, a call, or random bytes.</summary>
    private static byte[] Entry(ref Dice dice)
    {
        var time = (byte)(2 * dice.Below(60));
        switch (dice.Below(12))
        {
            case 0: return [2, 0, time];
            case 1: return [3, 0, time];
            case 2: return [5, 0, (byte)dice.Below(4), (byte)dice.Below(4)];
            case 3: return [8, 0, 0];
            case 4: return [14, 0, time, (byte)dice.Below(3), (byte)dice.Below(10)];
            case 5: return [11, 0, time, (byte)dice.Below(3), 1, (byte)dice.Below(3), 0, 3, 1, 2, 3];
            case 6: return [12, 0, time, (byte)dice.Below(3), (byte)dice.Below(100)];
            case 7: return Random(ref dice);
            default:
                var frame = Samples.Packet(ref dice, isIPv4: true, dice.Below(30));
                return [1, 0, time, (byte)dice.Below(2), 0, .. Number((ulong)frame.Length), .. frame];
        }
    }

    private static byte[] Random(ref Dice dice)
    {
        var entry = new byte[2 + dice.Below(12)];
        entry[0] = (byte)dice.Below(Kinds);
        foreach (ref var value in entry.AsSpan(2))
            value = dice.OneIn(3) ? (byte)dice.Next() : (byte)dice.Below(3);
        return entry;
    }

    private static void Put(List<byte> file, byte[] entry)
    {
        file.AddRange(Number((ulong)entry.Length));
        file.AddRange(entry);
    }

    private static byte[] Number(ulong value) =>
        value < 0x80 ? [(byte)value] : [(byte)(value | 0x80), .. Number(value >> 7)];

    /// <summary>The header that a stack writes.</summary>
    private static byte[] CreateHeader()
    {
        var file = new MemoryStream();
        var (near, _) = InMemoryLink.CreatePair();
        var runner = new Runner();
        var stack = UserTcpStack.StartAsync(new UserTcpStackOptions
        {
            Device = near,
            Addresses = [WorldSetup.OurIPv4.ToIPAddress()],
            Keys = EngineKeys.FromSecret(new byte[EngineKeys.SecretLength]),
            TimeProvider = new StillTime(),
            LoopRunner = runner,
            Recording = new UserTcpRecording(file),
        }).AsTask().GetAwaiter().GetResult();
        for (var end = stack.DisposeAsync().AsTask(); !end.IsCompleted;)
            runner.Loop?.RunUntilIdle();
        var bytes = file.ToArray();
        const int Start = 12;
        return bytes[..(Start + BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(8)))];
    }

    /// <summary>Time stands still, so that each run writes the same header.</summary>
    private sealed class StillTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch;

        public override long GetTimestamp() => 0;
    }

    private sealed class Runner : IUserTcpLoopRunner
    {
        public UserTcpLoop? Loop { get; private set; }

        public void Add(UserTcpLoop loop) => Loop = loop;
    }
}
