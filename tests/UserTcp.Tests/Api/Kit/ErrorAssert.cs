using System.Net.Sockets;
using Xunit;

namespace UserTcp.Tests.Api.Kit;

/// <summary>Asserts the error of a call.</summary>
internal static class ErrorAssert
{
    /// <summary>The call fails like a stream's: an IOException around the code.</summary>
    public static async Task AssertIOAsync(SocketError code, Func<Task> action)
    {
        var error = await Assert.ThrowsAsync<IOException>(action);
        Assert.Equal(code, Assert.IsType<SocketException>(error.InnerException).SocketErrorCode);
    }

    /// <summary>The call fails like a socket's.</summary>
    public static async Task<SocketException> AssertSocketAsync(SocketError code, Func<Task> action)
    {
        var error = await Assert.ThrowsAsync<SocketException>(action);
        Assert.Equal(code, error.SocketErrorCode);
        return error;
    }
}
