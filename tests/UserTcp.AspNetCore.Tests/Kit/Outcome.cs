using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Authentication;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;

namespace UserTcp.AspNetCore.Tests.Kit;

/// <summary>What a call came to, in a few words that two transports can be compared by.</summary>
internal static class Outcome
{
    public static string Of(Exception exception) => exception switch
    {
        BadHttpRequestException bad => $"{nameof(BadHttpRequestException)} {bad.StatusCode}",
        ConnectionResetException => nameof(ConnectionResetException),
        ConnectionAbortedException => nameof(ConnectionAbortedException),
        AuthenticationException => nameof(AuthenticationException),
        HttpRequestException { InnerException: SocketException socket } =>
            $"{nameof(HttpRequestException)} {socket.SocketErrorCode}",
        HttpRequestException { HttpRequestError: var error } => $"{nameof(HttpRequestException)} {error}",
        HttpProtocolException protocol => $"{nameof(HttpProtocolException)} {protocol.ErrorCode}",
        HttpIOException io => $"{nameof(HttpIOException)} {io.HttpRequestError}",
        WebSocketException web => $"{nameof(WebSocketException)} {web.WebSocketErrorCode}",
        IOException { InnerException: SocketException inner } => $"{nameof(IOException)} {inner.SocketErrorCode}",
        SocketException socket => $"{nameof(SocketException)} {socket.SocketErrorCode}",
        OperationCanceledException => "cancelled",
        _ => exception.GetType().Name,
    };

    public static async Task<string> OfAsync<T>(Task<T> task)
    {
        try
        {
            return $"{await task.OrFail()}";
        }
        catch (Exception exception) when (exception is not TimeoutException)
        {
            return Of(exception);
        }
    }

    /// <summary>Status and body of a response.</summary>
    public static async Task<string> DescribeAsync(Task<HttpResponseMessage> request)
    {
        using var response = await request.OrFail();
        return $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync().OrFail()}";
    }

    /// <summary>For calls that may throw before they return a task.</summary>
    public static async Task<string> OfAsync(Func<Task> call)
    {
        try
        {
            return await OfAsync(call());
        }
        catch (Exception exception)
        {
            return Of(exception);
        }
    }

    public static async Task<string> OfAsync(Task task)
    {
        try
        {
            await task.OrFail();
            return "done";
        }
        catch (Exception exception) when (exception is not TimeoutException)
        {
            return Of(exception);
        }
    }

    public static Task<string> OfAsync<T>(ValueTask<T> task) => OfAsync(task.AsTask());

    public static Task<string> OfAsync(ValueTask task) => OfAsync(task.AsTask());

    public static string Of(Action call)
    {
        try
        {
            call();
            return "done";
        }
        catch (Exception exception)
        {
            return Of(exception);
        }
    }
}
