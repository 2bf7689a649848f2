using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace UserTcp.Tun;

/// <summary>Owns a file descriptor.</summary>
internal sealed class SafeDescriptor : SafeHandleMinusOneIsInvalid
{
    /// <summary>Owns what a call of libc has returned, which may be -1.</summary>
    public SafeDescriptor(int descriptor)
        : base(ownsHandle: true) => SetHandle(descriptor);

    /// <summary>The number, for calls that take several descriptors; only while this object is kept alive and undisposed.</summary>
    public int Number => (int)handle;

    /// <summary>Opens a file; on failure the descriptor is invalid and <paramref name="error"/> is the errno.</summary>
    public static SafeDescriptor Open(string path, int flags, out int error)
    {
        int descriptor;
        do
        {
            descriptor = LibC.open(path, flags | LibC.O_CLOEXEC);
            error = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        }
        while (error == LibC.EINTR);
        return new SafeDescriptor(descriptor);
    }

    // A descriptor is gone even when close says otherwise (close(2)).
    protected override bool ReleaseHandle() => LibC.close((int)handle) == 0 || Marshal.GetLastPInvokeError() == LibC.EINTR;
}
