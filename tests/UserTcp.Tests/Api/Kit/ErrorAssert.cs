using System.Net.Sockets;
using Xunit;

namespace UserTcp.Tests.Api.Kit;

/// <summary>Asserts how things fail.</summary>
internal static class ErrorAssert
{
    /// <summary>Fails like a stream: an IOException around the code.</summary>
    public static async Task AssertIOAsync(SocketError code, Func<Task> action)
    {
        var error = await Assert.ThrowsAsync<IOException>(action);
        Assert.Equal(code, Assert.IsType<SocketException>(error.InnerException).SocketErrorCode);
    }

    /// <summary>Fails like a socket.</summary>
    public static async Task<SocketException> AssertSocketAsync(SocketError code, Func<Task> action)
    {
        var error = await Assert.ThrowsAsync<SocketException>(action);
        Assert.Equal(code, error.SocketErrorCode);
        return error;
    }
}
