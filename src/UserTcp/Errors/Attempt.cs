namespace UserTcp.Errors;

/// <summary>Runs steps that must all run, even when some of them fail.</summary>
internal static class Attempt
{
    /// <summary>
    /// Runs a step. Returns the earlier fault, or the step's own, or both with the earlier one first; null when there
    /// is none.
    /// </summary>
    public static Exception? Run(Action step, Exception? earlier)
    {
        try
        {
            step();
            return earlier;
        }
        catch (Exception fault)
        {
            return earlier is null ? fault : new AggregateException(earlier, fault);
        }
    }
}
