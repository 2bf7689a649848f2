using System.Text;
using Microsoft.Win32.SafeHandles;
using static Tmds.Linux.LibC;

namespace UserTcp.Tun;

/// <summary>Owns a file descriptor.</summary>
internal sealed class SafeDescriptor : SafeHandleMinusOneIsInvalid
{
    /// <summary>Owns the result of a libc call, which may be -1.</summary>
    public SafeDescriptor(int descriptor)
        : base(ownsHandle: true) => SetHandle(descriptor);

    /// <summary>
    /// The number, for calls with several descriptors. Valid while this object is alive and not disposed.
    /// </summary>
    public int Number => (int)handle;

    /// <summary>Opens a file; on failure the descriptor is invalid and <paramref name="error"/> is the errno.</summary>
    public static unsafe SafeDescriptor Open(string path, int flags, out int error)
    {
        int descriptor;
        fixed (byte* pathname = Encoding.UTF8.GetBytes(path + '\0'))
        {
            do
            {
                descriptor = open(pathname, flags | O_CLOEXEC, 0);
                error = descriptor < 0 ? errno : 0;
            }
            while (error == EINTR);
        }

        return new SafeDescriptor(descriptor);
    }

    /// <summary>
    /// Keeps the descriptor open until the result is disposed, for a call of Tmds.LibC, which takes a number. Another
    /// thread may dispose this object meanwhile, and the number still does not become that of another file.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The descriptor is closed.</exception>
    public Hold Keep() => new(this);

    // close(2) closes the descriptor even when it returns an error.
    protected override bool ReleaseHandle() => close((int)handle) == 0 || errno == EINTR;

    /// <summary>One reference to a descriptor.</summary>
    public readonly ref struct Hold
    {
        private readonly SafeDescriptor _descriptor;

        public Hold(SafeDescriptor descriptor)
        {
            var isHeld = false;
            descriptor.DangerousAddRef(ref isHeld);
            _descriptor = descriptor;
        }

        public int Number => _descriptor.Number;

        public void Dispose() => _descriptor.DangerousRelease();
    }
}
