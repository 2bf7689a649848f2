using System.Text;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace UserTcp.Tun;

/// <summary>The owner of a file, which .NET does not report, with the mode at the same moment (statx(2)).</summary>
public static unsafe class FileStatus
{
    /// <summary>Reads the status of a file. Does not follow a symbolic link.</summary>
    /// <param name="path">The file's path.</param>
    /// <param name="mode">Its type and permissions: st_mode of inode(7).</param>
    /// <param name="owner">The user id of its owner.</param>
    /// <returns>False when there is no such file, or this user may not see it.</returns>
    public static bool TryGet(string path, out int mode, out uint owner)
    {
        ArgumentNullException.ThrowIfNull(path);
        statx status;
        bool isFound;
        fixed (byte* pathname = Encoding.UTF8.GetBytes(path + '\0'))
            isFound = statx(AT_FDCWD, pathname, AT_SYMLINK_NOFOLLOW, STATX_TYPE | STATX_MODE | STATX_UID, &status) == 0;
        mode = isFound ? status.stx_mode : 0;
        owner = isFound ? status.stx_uid : 0;
        return isFound;
    }
}
