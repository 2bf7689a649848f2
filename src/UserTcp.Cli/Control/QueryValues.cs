using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace UserTcp.Cli.Control;

/// <summary>The values of a query. The first one that is not valid is a <see cref="Problem"/>.</summary>
internal sealed class QueryValues(IQueryCollection query)
{
    /// <summary>Characters of a value that a problem quotes.</summary>
    private const int MaxQuoted = 40;

    /// <summary>What is wrong with the query; null when nothing is.</summary>
    public string? Problem { get; private set; }

    /// <summary>A value of an enumeration by its name.</summary>
    public T Name<T>(string key, T absent)
        where T : struct, Enum => query.ContainsKey(key) ? Parse<T>(key, query[key].ToString()) ?? absent : absent;

    /// <summary>All values of an enumeration with that key.</summary>
    public IReadOnlyList<T> Names<T>(string key)
        where T : struct, Enum => [.. query[key].Select(name => Parse<T>(key, name ?? "")).OfType<T>()];

    /// <summary>A whole number; null without the key.</summary>
    public long? Number(string key, long min, long max)
    {
        if (!query.ContainsKey(key))
            return null;
        var value = query[key].ToString();
        if (long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= min && number <= max)
        {
            return number;
        }

        Refuse(key, value);
        return null;
    }

    /// <summary>True or False; false without the key.</summary>
    public bool IsSet(string key)
    {
        var value = query[key].ToString();
        if (value is not ("" or "True" or "False"))
            Refuse(key, value);
        return value == bool.TrueString;
    }

    /// <summary>Numbers are no names, though <c>Enum.TryParse</c> reads them.</summary>
    private T? Parse<T>(string key, string name)
        where T : struct, Enum
    {
        if (Enum.TryParse<T>(name, out var value) && Enum.IsDefined(value) && value.ToString() == name)
            return value;
        Refuse(key, name);
        return null;
    }

    private void Refuse(string key, string value)
    {
        var quoted = value.Length > MaxQuoted ? $"{value[..MaxQuoted]}..." : value;
        Problem ??= $"{key}: the stack, of another version perhaps, does not know '{quoted}'";
    }
}
