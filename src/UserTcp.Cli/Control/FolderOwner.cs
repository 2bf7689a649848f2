using UserTcp.Tun;

namespace UserTcp.Cli.Control;

/// <summary>Decides whether a folder is safe for this user's sockets.</summary>
internal static class FolderOwner
{
    /// <summary>
    /// True for a folder that belongs to this user and that no other user can replace: its parent belongs to this user or to root, or
    /// is sticky. False for a link to a folder.
    /// </summary>
    public static bool IsOurs(string folder)
    {
        var self = UserId.EffectiveInside();
        return FolderStatus.Of(folder) is { } status && status.Owner == self
            && FolderStatus.Of(Path.GetDirectoryName(Path.GetFullPath(folder)) ?? "/") is { } parent
            && (parent.Owner == self || parent.Owner == 0 || parent.IsSticky);
    }
}
