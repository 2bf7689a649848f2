namespace UserTcp.Simulation.World;

/// <summary>Ends a run at once.</summary>
internal sealed class InvariantException(string invariant, string message) : Exception(message)
{
    public string Invariant { get; } = invariant;

    /// <summary>Ends the run unless the condition holds.</summary>
    public static void Require(bool condition, string invariant, [System.Runtime.CompilerServices.InterpolatedStringHandlerArgument("condition")] ref Detail detail)
    {
        if (!condition)
            throw new InvariantException(invariant, detail.ToString());
    }

    /// <summary>A message that is made only when it is needed.</summary>
    [System.Runtime.CompilerServices.InterpolatedStringHandler]
    internal ref struct Detail
    {
        private System.Runtime.CompilerServices.DefaultInterpolatedStringHandler _text;

        public Detail(int literalLength, int formattedCount, bool condition, out bool isNeeded)
        {
            isNeeded = !condition;
            _text = condition ? default : new(literalLength, formattedCount, System.Globalization.CultureInfo.InvariantCulture);
        }

        public void AppendLiteral(string value) => _text.AppendLiteral(value);

        public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

        public void AppendFormatted<T>(T value, string format) => _text.AppendFormatted(value, format);

        public override string ToString() => _text.ToStringAndClear();
    }
}
