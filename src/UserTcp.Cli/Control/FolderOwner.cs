using System.Runtime.InteropServices;

namespace UserTcp.Cli.Control;

/// <summary>Whose a folder is, which the framework does not tell.</summary>
internal static unsafe partial class FolderOwner
{
    private const int CurrentFolder = -100; // AT_FDCWD
    private const int NoFollow = 0x100; // AT_SYMLINK_NOFOLLOW
    private const uint TypeModeAndOwner = 0x1 | 0x2 | 0x8; // STATX_TYPE, STATX_MODE, STATX_UID
    private const int TypeMask = 0xF000;
    private const int FolderType = 0x4000;
    private const int StickyBit = 0x200;

    /// <summary>
    /// True for a folder, and no link to one, that belongs to this user and that nobody else can put another one in the place of: its
    /// parent is this user's or root's, or lets everybody remove only what is theirs.
    /// </summary>
    public static bool IsOurs(string folder)
    {
        var self = UserId.EffectiveInside();
        return TryGet(folder, out var mode, out var owner) && (mode & TypeMask) == FolderType && owner == self &&
            TryGet(Path.GetDirectoryName(Path.GetFullPath(folder)) ?? "/", out mode, out owner) &&
            (owner == self || owner == 0 || (mode & StickyBit) != 0);
    }

    private static bool TryGet(string path, out int mode, out uint owner)
    {
        // The layout of struct statx is the same on every architecture (statx(2)).
        const int Size = 256;
        const int OwnerOffset = 20;
        const int ModeOffset = 28;
        var found = stackalloc byte[Size];
        var isFound = statx(CurrentFolder, path, NoFollow, TypeModeAndOwner, found) == 0;
        var octets = new ReadOnlySpan<byte>(found, Size);
        owner = MemoryMarshal.Read<uint>(octets[OwnerOffset..]);
        mode = MemoryMarshal.Read<ushort>(octets[ModeOffset..]);
        return isFound;
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int dirfd, string pathname, int flags, uint mask, byte* statxbuf);
}
