using Microsoft.CodeAnalysis;
using UserTcp.Conventions.Tests.Support;

namespace UserTcp.Conventions.Tests.Words;

/// <summary>The forbidden words of the tree.</summary>
internal static class WordUses
{
    private static readonly string[] CodeFolders = ["src/", "tests/", "tools/", "bench/", "docs/", "samples/"];

    // History keeps its words.
    private const string History = "CHANGELOG.md";

    private static readonly Lazy<IReadOnlyList<WordUse>> Search = new(() =>
    {
        var files = Repository.Files();
        var code = files.Where(file => IsCode(file) && Path.GetExtension(file) == ".cs")
            .Select(file => (file, Repository.Read(file)));
        return
        [
            .. InCode([.. code]),
            .. files.Where(file => Path.GetExtension(file) == ".md" && file != History)
                .SelectMany(file => InProse(file, Prose.OfMarkdown)),
            .. files.Where(file => IsCode(file) && Path.GetExtension(file) is ".c" or ".h")
                .SelectMany(file => InProse(file, Prose.OfC)),
            .. files.Where(IsScript).SelectMany(file => InProse(file, Prose.OfScript)),
            .. files.Where(file => Path.GetExtension(file) == ".csv")
                .SelectMany(file => InProse(file, source => source)),
            .. files.Where(IsCode).SelectMany(InFileName),
        ];
    });

    /// <summary>All uses but those of <see cref="WordList.Exemptions"/>.</summary>
    public static ILookup<string, WordUse> Forbidden =>
        Search.Value.Where(use => !WordList.Exemptions.Any(exemption => exemption.Covers(use)))
            .ToLookup(use => use.Word);

    /// <summary>All uses, exempt or not.</summary>
    public static IReadOnlyList<WordUse> All => Search.Value;

    /// <summary>Uses in C#: in its comments and literals, and in the names that it declares.</summary>
    public static IEnumerable<WordUse> InCode(IReadOnlyList<(string File, string Code)> sources)
    {
        var names = new Names(sources);
        return names.Trees.SelectMany(tree =>
            InProse(tree.FilePath, tree.ToString(), Prose.OfCSharp(tree.GetRoot())).Concat(InNames(names, tree)));
    }

    /// <summary>Uses in a document or script.</summary>
    public static IEnumerable<WordUse> InProse(string file, string source, string prose) =>
        (from word in WordList.All
         from index in word.FindInProse(prose)
         select new WordUse(word.Word, file, prose.AsSpan(0, index).Count('\n') + 1, null, LineAt(source, index)))
            .Distinct();

    private static IEnumerable<WordUse> InProse(string file, Func<string, string> proseOf)
    {
        var source = Repository.Read(file);
        return InProse(file, source, proseOf(source));
    }

    private static IEnumerable<WordUse> InNames(Names names, SyntaxTree tree) =>
        from token in Names.DeclaredIn(tree)
        let words = Prose.WordsOf(token.ValueText)
        from word in WordList.All
        where word.IsInName(words) && !(word.MayNameCharacters && names.IsOfCharacters(token))
        select new WordUse(
            word.Word, tree.FilePath,
            token.GetLocation().GetLineSpan().StartLinePosition.Line + 1, token.ValueText, "");

    private static IEnumerable<WordUse> InFileName(string file) =>
        from word in WordList.All
        let name = Path.GetFileNameWithoutExtension(file)
        where word.IsInName(Prose.WordsOf(name))
        select new WordUse(word.Word, file, 1, name, "");

    private static string LineAt(string source, int index)
    {
        var start = index == 0 ? 0 : source.LastIndexOf('\n', index - 1) + 1;
        var end = source.IndexOf('\n', index);
        return source[start..(end < 0 ? source.Length : end)].Trim();
    }

    private static bool IsCode(string file) =>
        CodeFolders.Any(folder => file.StartsWith(folder, StringComparison.Ordinal));

    // Shell programs have no extension.
    private static bool IsScript(string file) =>
        IsCode(file) && Path.GetExtension(file) is ".txt" or ".sh" or ".awk" or "";
}
