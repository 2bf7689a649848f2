using UserTcp.Tun;

namespace UserTcp.Cli.Control;

/// <summary>Decides whether a folder is safe for this user's sockets.</summary>
internal static class FolderOwner
{
    private const int TypeMask = 0xF000; // S_IFMT
    private const int FolderType = 0x4000; // S_IFDIR
    private const int StickyBit = 0x200; // S_ISVTX

    /// <summary>
    /// True for a folder that belongs to this user and that no other user can replace: its parent belongs to this user
    /// or to root, or is sticky. False for a link to a folder.
    /// </summary>
    public static bool IsOurs(string folder)
    {
        var self = UserId.EffectiveInside();
        return FileStatus.TryGet(folder, out var mode, out var owner)
            && (mode & TypeMask) == FolderType && owner == self
            && FileStatus.TryGet(Path.GetDirectoryName(Path.GetFullPath(folder)) ?? "/", out mode, out owner)
            && (owner == self || owner == 0 || (mode & StickyBit) != 0);
    }
}
