namespace UserTcp.Fuzz.Running;

/// <summary>Mutates an input: removes, repeats, changes or swaps steps, or copies some from a second one.</summary>
internal static class Mutation
{
    private const int MaxLength = 4096;

    public static byte[] Apply(FuzzTarget target, byte[] input, byte[] other, ref Dice dice)
    {
        var head = Math.Min(target.HeadLength, input.Length);
        var step = target.StepLength;
        var steps = new List<byte>(input);
        for (var i = dice.Between(1, 6); i > 0; i--)
            Change(steps, other, head, step, ref dice);
        // Occasionally other options for the same steps.
        if (head > 0 && dice.OneIn(4))
            steps[dice.Below(head)] ^= (byte)(1 << dice.Below(8));
        return steps.Count > MaxLength ? [.. steps.Take(head + ((MaxLength - head) / step * step))] : [.. steps];
    }

    private static void Change(List<byte> steps, byte[] other, int head, int step, ref Dice dice)
    {
        var count = (steps.Count - head) / step;
        var at = head + (dice.Below(count + 1) * step);
        var length = Math.Min(dice.Between(1, 4) * step, steps.Count - at) / step * step;
        switch (dice.Below(6))
        {
            case 0:
                steps.RemoveRange(at, length);
                break;
            case 1:
                steps.InsertRange(at, steps.GetRange(at, length));
                break;
            case 2 when length > 0:
                steps[at + dice.Below(length)] ^= (byte)(1 << dice.Below(8));
                break;
            case 3 when length > 0:
                steps[at + dice.Below(length)] = (byte)dice.Next();
                break;
            case 4:
                for (var i = 0; i < step; i++)
                    steps.Insert(at, (byte)dice.Next());
                break;
            default:
                var from = head + (dice.Below(Math.Max((other.Length - head) / step, 1)) * step);
                var copied = Math.Clamp((other.Length - from) / step * step, 0, dice.Between(1, 20) * step);
                steps.InsertRange(at, other.Skip(from).Take(copied));
                break;
        }
    }
}
