namespace UserTcp.Tun;

/// <summary>Who owns a folder, which .NET does not tell (statx(2)).</summary>
/// <param name="Owner">The owner's user id, as this process sees it.</param>
/// <param name="IsSticky">Only the owner of a file in the folder may remove or rename it.</param>
public readonly record struct FolderStatus(uint Owner, bool IsSticky)
{
    private const int TypeMask = 0xF000; // S_IFMT
    private const int FolderType = 0x4000; // S_IFDIR
    private const int StickyBit = 0x200; // S_ISVTX

    /// <summary>The status of a folder, or null when there is none at this path. A link to a folder is none.</summary>
    public static unsafe FolderStatus? Of(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        LibC.statx_result found;
        const uint Fields = LibC.STATX_TYPE | LibC.STATX_MODE | LibC.STATX_UID;
        return LibC.statx(LibC.AT_FDCWD, path, LibC.AT_SYMLINK_NOFOLLOW, Fields, &found) == 0 && (found.stx_mode & TypeMask) == FolderType
            ? new FolderStatus(found.stx_uid, (found.stx_mode & StickyBit) != 0)
            : null;
    }
}
