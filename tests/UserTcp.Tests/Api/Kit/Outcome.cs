using System.Net.Sockets;

namespace UserTcp.Tests.Api.Kit;

/// <summary>What a call came to, in a few words that two implementations can be compared by.</summary>
internal static class Outcome
{
    public static string Of(Exception exception) => exception switch
    {
        IOException { InnerException: SocketException inner } => $"IOException {inner.SocketErrorCode}",
        SocketException socket => $"SocketException {socket.SocketErrorCode}",
        OperationCanceledException => "cancelled",
        AggregateException { InnerException: { } inner } => Of(inner),
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

    public static string Of(Func<object?> call)
    {
        try
        {
            return $"{call()}";
        }
        catch (Exception exception)
        {
            return Of(exception);
        }
    }

    public static string Of(Action call) => Of(() =>
    {
        call();
        return "done";
    });
}
