namespace UserTcp.Simulation.World;

/// <summary>A broken invariant, which ends the run.</summary>
internal sealed class InvariantException(string invariant, string message) : Exception(message)
{
    public string Invariant { get; } = invariant;

    /// <summary>Throws unless the condition holds.</summary>
    public static void Require(
        bool condition, string invariant,
        [System.Runtime.CompilerServices.InterpolatedStringHandlerArgument("condition")] ref Detail detail)
    {
        if (!condition)
            throw new InvariantException(invariant, detail.ToString());
    }

    /// <summary>A message that is formatted only when the condition is false.</summary>
    [System.Runtime.CompilerServices.InterpolatedStringHandler]
    internal ref struct Detail
    {
        private System.Runtime.CompilerServices.DefaultInterpolatedStringHandler _message;

        public Detail(int literalLength, int formattedCount, bool condition, out bool isNeeded)
        {
            isNeeded = !condition;
            _message = condition
                ? default
                : new(literalLength, formattedCount, System.Globalization.CultureInfo.InvariantCulture);
        }

        public void AppendLiteral(string value) => _message.AppendLiteral(value);

        public void AppendFormatted<T>(T value) => _message.AppendFormatted(value);

        public void AppendFormatted<T>(T value, string format) => _message.AppendFormatted(value, format);

        public override string ToString() => _message.ToStringAndClear();
    }
}
