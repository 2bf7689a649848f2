using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using UserTcp.Capture.Pictures;

namespace UserTcp.Capture.Tests.Pictures.Kit;

/// <summary>A picture as a test reads it: the elements of a well-formed SVG document.</summary>
internal sealed partial class Drawing
{
    private readonly XDocument _document;

    public Drawing(string svg) => _document = XDocument.Parse(svg);

    public XElement Root => _document.Root!;

    public double Width => Number(Root, "width");

    public double Height => Number(Root, "height");

    public string Title => Value("title");

    public string Description => Value("desc");

    /// <summary>All words, without tooltips.</summary>
    public IReadOnlyList<string> Words => [.. Of("text").Select(element => element.Value)];

    /// <summary>The elements of a name.</summary>
    public IEnumerable<XElement> Of(string name) => Root.Descendants().Where(e => e.Name.LocalName == name);

    /// <summary>The elements with a name and a class.</summary>
    public IEnumerable<XElement> Of(string name, string cssClass) =>
        Of(name).Where(e => ClassesOf(e).Contains(cssClass));

    public static string[] ClassesOf(XElement element) => ((string?)element.Attribute("class") ?? "").Split(' ');

    public static double Number(XElement element, string attribute) =>
        double.Parse((string)element.Attribute(attribute)!, CultureInfo.InvariantCulture);

    /// <summary>The numbers of a path, in their order.</summary>
    public static double[] Path(XElement path) =>
        [.. Numbers().Matches((string)path.Attribute("d")!)
            .Select(match => double.Parse(match.Value, CultureInfo.InvariantCulture))];

    /// <summary>The rectangles that the words cover, by the widths that the layout assumes.</summary>
    public IReadOnlyList<(string Words, double Left, double Top, double Right, double Bottom)> Boxes()
    {
        var style = Of("style").Single().Value;
        var sizes = Sizes().Matches(style).ToDictionary(
            match => match.Groups["class"].Value,
            match => double.Parse(match.Groups["size"].Value, CultureInfo.InvariantCulture));
        return [.. Of("text").Select(element => BoxOf(element, sizes))];
    }

    private static (string Words, double Left, double Top, double Right, double Bottom) BoxOf(
        XElement element, Dictionary<string, double> sizes)
    {
        var classes = ClassesOf(element);
        var size = classes.Select(name => sizes.GetValueOrDefault(name))
            .FirstOrDefault(found => found > 0, sizes["text"]);
        var font = classes.Contains("mono") ? Lettering.Mono(size) : Lettering.Sans(size);
        var (x, y, width) = (Number(element, "x"), Number(element, "y"), font.WidthOf(element.Value));
        var left = classes.Contains("end") ? x - width : classes.Contains("middle") ? x - (width / 2) : x;
        // The height of capitals and most of what hangs below the line.
        return (element.Value, left, y - (size * 0.72), left + width, y + (size * 0.15));
    }

    private string Value(string name) => Root.Elements().Single(e => e.Name.LocalName == name).Value;

    [GeneratedRegex(@"-?\d+(\.\d+)?")]
    private static partial Regex Numbers();

    [GeneratedRegex(@"^\.?(?<class>\w+) \{ font(-size)?: (?<size>[\d.]+)px", RegexOptions.Multiline)]
    private static partial Regex Sizes();
}
