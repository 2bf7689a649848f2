using System.Runtime.InteropServices;
using System.Security.Cryptography;
using UserTcp.Impairment;

namespace UserTcp.Testing.Tls;

/// <summary>
/// Gives OpenSSL random numbers that follow from a seed, for the whole process and for ever: for tests only, in a
/// process of their own. Linux, OpenSSL 3.
/// </summary>
internal static class SeededOpenSsl
{
    private const int Success = 1;

    private static readonly Lock _gate = new();
    // The library keeps pointers to these.
    private static readonly FillFunction _fill = Fill;
    private static readonly StatusFunction _status = static () => Success;
    private static ulong s_key;
    private static ulong s_drawn;
    private static bool s_isInstalled;

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int FillFunction(nint buffer, int count);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int StatusFunction();

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int SetMethodFunction(nint method);

    /// <summary>Draws from a seed from now on; from its beginning.</summary>
    /// <exception cref="PlatformNotSupportedException">Not Linux, or no OpenSSL 3.</exception>
    public static void Install(ulong seed)
    {
        lock (_gate)
        {
            (s_key, s_drawn) = (SplitMix64.Hash(seed, 0x55E5_0001), 0);
            if (s_isInstalled)
                return;
            // Loads the library in the way that the runtime does.
            RandomNumberGenerator.GetBytes(1);
            if (FindSetMethod()(CreateMethod()) != Success)
                throw new PlatformNotSupportedException("This OpenSSL does not accept other random numbers.");
            s_isInstalled = true;
        }
    }

    /// <summary>OpenSSL's rand_method_st: seed, bytes, cleanup, add, pseudorand, status. It stays for ever.</summary>
    private static nint CreateMethod()
    {
        var fill = Marshal.GetFunctionPointerForDelegate(_fill);
        nint[] functions = [0, fill, 0, 0, fill, Marshal.GetFunctionPointerForDelegate(_status)];
        var method = Marshal.AllocHGlobal(functions.Length * nint.Size);
        Marshal.Copy(functions, 0, method, functions.Length);
        return method;
    }

    private static int Fill(nint buffer, int count)
    {
        var bytes = new byte[count];
        lock (_gate)
        {
            for (var i = 0; i < count; i++)
                bytes[i] = (byte)SplitMix64.Hash(s_key, s_drawn++);
        }

        Marshal.Copy(bytes, 0, buffer, count);
        return Success;
    }

    /// <summary>Finds RAND_set_rand_method; not imported, so that other systems can load this type.</summary>
    private static SetMethodFunction FindSetMethod()
    {
        if (!NativeLibrary.TryLoad("libcrypto.so.3", out var library)
            || !NativeLibrary.TryGetExport(library, "RAND_set_rand_method", out var function))
        {
            throw new PlatformNotSupportedException("Random numbers can be seeded with OpenSSL 3 on Linux only.");
        }

        return Marshal.GetDelegateForFunctionPointer<SetMethodFunction>(function);
    }
}
