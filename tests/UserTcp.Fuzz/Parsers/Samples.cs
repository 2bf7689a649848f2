using System.Text;
using UserTcp.Fuzz.Running;
using UserTcp.Fuzz.WholeEngine;
using UserTcp.Wire;

namespace UserTcp.Fuzz.Parsers;

/// <summary>Slightly changed valid inputs for parsers: random bytes would fail the first check.</summary>
internal static class Samples
{
    /// <summary>A TCP segment with random options in an IP packet.</summary>
    public static byte[] Packet(ref Dice dice, bool isIPv4, int payload)
    {
        var (source, destination) = isIPv4
            ? (WorldSetup.PeerIPv4, WorldSetup.OurIPv4)
            : (WorldSetup.PeerIPv6, WorldSetup.OurIPv6);
        var draft = new Draft();
        draft.Begin(
            new FourTuple(destination, new Port(80), source, new Port((ushort)dice.Next())), (uint)dice.Next(),
            (uint)dice.Next(), (TcpFlags)dice.Next());
        draft.PayloadLength = payload;
        for (var i = dice.Below(4); i > 0; i--)
            AddOption(draft, ref dice);
        var frame = new byte[payload + 120];
        return frame[..draft.Write(frame, 65_535)];
    }

    /// <summary>Flips, replaces, inserts, removes and truncates bytes; often changes nothing.</summary>
    public static byte[] Disturb(byte[] bytes, ref Dice dice, int head = 60)
    {
        var list = new List<byte>(bytes);
        for (var i = dice.Below(5); i > 0 && list.Count > 0; i--)
        {
            var at = dice.Below(dice.OneIn(3) ? list.Count : Math.Min(list.Count, head));
            switch (dice.Below(8))
            {
                case 0: list.Insert(at, (byte)dice.Next()); break;
                case 1: list.RemoveAt(at); break;
                case 2: list.RemoveRange(at, list.Count - at); break;
                case 3: list[at] = dice.Of<byte>([0, 1, 2, 4, 0x45, 0x60, 0x7F, 0x80, 0xFF]); break;
                case 4: list[at] = (byte)dice.Next(); break;
                default: list[at] ^= (byte)(1 << dice.Below(8)); break;
            }
        }

        return [.. list];
    }

    /// <summary>Words of a small language in random order, sometimes changed.</summary>
    public static byte[] Words(ref Dice dice, ReadOnlySpan<string> words, int max)
    {
        var text = new StringBuilder();
        for (var i = dice.Between(0, max); i > 0; i--)
            text.Append(dice.Of(words));
        return Disturb(Encoding.UTF8.GetBytes(text.ToString()), ref dice, head: int.MaxValue);
    }

    private static void AddOption(Draft draft, ref Dice dice)
    {
        switch (dice.Below(6))
        {
            case 0: draft.AddMss((ushort)dice.Next()); break;
            case 1: draft.AddWindowScale((byte)dice.Next()); break;
            case 2: draft.AddSackPermitted(); break;
            case 3: draft.AddTimestamps((uint)dice.Next(), (uint)dice.Next()); break;
            case 4:
                draft.AddSack([((uint)dice.Next(), (uint)dice.Next()), ((uint)dice.Next(), (uint)dice.Next())]);
                break;
            default:
                Span<byte> option = stackalloc byte[dice.Between(2, 20)];
                foreach (ref var value in option)
                    value = (byte)dice.Next();
                (option[0], option[1]) =
                    (dice.Of<byte>([34, 28, 254, 0, 1, 5]), dice.OneIn(4) ? (byte)dice.Next() : (byte)option.Length);
                draft.TryAddOption(option);
                break;
        }
    }
}
