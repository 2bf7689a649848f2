using UserTcp.Tun;

namespace UserTcp.Cli.Control;

/// <summary>Whose a folder is, which the framework does not tell.</summary>
internal static class FolderOwner
{
    private const int TypeMask = 0xF000; // S_IFMT
    private const int FolderType = 0x4000; // S_IFDIR
    private const int StickyBit = 0x200; // S_ISVTX

    /// <summary>
    /// True for a folder, and no link to one, that belongs to this user and that nobody else can put another one in the place of: its
    /// parent is this user's or root's, or lets everybody remove only what is theirs.
    /// </summary>
    public static bool IsOurs(string folder)
    {
        var self = UserId.EffectiveInside();
        return FileStatus.TryGet(folder, out var mode, out var owner) && (mode & TypeMask) == FolderType && owner == self &&
            FileStatus.TryGet(Path.GetDirectoryName(Path.GetFullPath(folder)) ?? "/", out mode, out owner) &&
            (owner == self || owner == 0 || (mode & StickyBit) != 0);
    }
}
