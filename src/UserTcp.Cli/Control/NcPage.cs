using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using UserTcp.Cli.Netcat;

namespace UserTcp.Cli.Control;

/// <summary>
/// The pages /nc/connect, /nc/listen and /nc/accept: connections of this stack for `usertcp nc --stack`, each over a
/// WebSocket (<see cref="NcChannel"/>).
/// </summary>
internal sealed class NcPage
{
    /// <summary>
    /// The header with the reason why there is no connection, escaped as in a URI: it may have a host's name.
    /// </summary>
    public const string ProblemHeader = "Usertcp-Problem";

    /// <summary>
    /// How often something is sent to nc: when its connection cannot send, only that shows that nc has gone.
    /// </summary>
    public static readonly TimeSpan KeepAliveInterval = TimeSpan.FromSeconds(2);

    /// <summary>Max WebSockets at a time; each may take a megabyte.</summary>
    private const int MaxOpen = 256;

    private const int BufferLength = 64 * 1024;

    /// <summary>Accepted connections that nc has not fetched yet, by their ids.</summary>
    private readonly ConcurrentDictionary<string, Accepted> _accepted = [];
    private long _lastId;
    private int _open;

    public async Task RunAsync(HttpContext context, UserTcpStack stack)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            return;
        }

        try
        {
            if (Interlocked.Increment(ref _open) > MaxOpen)
                throw new NcFailure($"the stack carries {MaxOpen} connections of nc already: end one of them");
            await (context.Request.Path.Value switch
            {
                "/nc/connect" => ConnectAsync(context, new OwnStack(stack)),
                "/nc/listen" => ListenAsync(context, new OwnStack(stack)),
                _ => AcceptAsync(context),
            });
        }
        catch (NcFailure failure) when (!context.Response.HasStarted)
        {
            context.Response.StatusCode = StatusCodes.Status502BadGateway;
            context.Response.Headers[ProblemHeader] = Uri.EscapeDataString(failure.Message);
        }
        catch (Exception exception) when (exception is OperationCanceledException or NcFailure)
        {
            // nc has gone.
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    private static async Task ConnectAsync(HttpContext context, OwnStack stack)
    {
        var target = TargetOf(context);
        await using var connection = await stack.ConnectAsync(
            context.Request.Query["host"].ToString(), target.Port, target.Source, target.Family,
            context.RequestAborted);
        await CarryAsync(context, connection);
    }

    private async Task ListenAsync(HttpContext context, OwnStack stack)
    {
        var target = TargetOf(context);
        await using var listener = await stack.ListenAsync(target.Port, target.Family, context.RequestAborted);
        using var channel = new NcChannel(await context.WebSockets.AcceptWebSocketAsync());
        // The host waits for open requests before it ends the stack, and no connection comes then.
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(
            context.RequestAborted,
            context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
        var left = WaitForEndAsync(channel, leaving);
        while (!leaving.IsCancellationRequested)
        {
            var connection = await listener.AcceptAsync(leaving.Token);
            var id = Interlocked.Increment(ref _lastId).ToString(CultureInfo.InvariantCulture);
            var fetched = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _accepted[id] = new Accepted(connection, fetched);
            try
            {
                await channel.SendWordAsync($"{id} {connection.Remote}", leaving.Token);
                await fetched.Task.WaitAsync(leaving.Token);
            }
            finally
            {
                if (_accepted.TryRemove(id, out _))
                {
                    connection.Abort();
                    await connection.DisposeAsync();
                }
            }
        }

        await left;
    }

    private async Task AcceptAsync(HttpContext context)
    {
        if (!_accepted.TryRemove(context.Request.Query["id"].ToString(), out var accepted))
            throw new NcFailure("no such connection");
        accepted.Fetched.SetResult();
        await using var connection = accepted.Connection;
        await CarryAsync(context, connection);
    }

    /// <summary>Carries a connection to nc until both directions are closed, or either side fails.</summary>
    private static async Task CarryAsync(HttpContext context, INcConnection connection)
    {
        using var channel = new NcChannel(await context.WebSockets.AcceptWebSocketAsync());
        using var abort = context.RequestAborted.UnsafeRegister(
            static connection => ((INcConnection)connection!).Abort(), connection);
        var sending = SendAsync(channel, connection, context.RequestAborted);
        try
        {
            await ReceiveAsync(channel, connection, context.RequestAborted);
            await sending;
            await connection.WritesClosed;
            await channel.SendWordAsync(NcMessage.Closed, context.RequestAborted);
        }
        catch (NcFailure failure)
        {
            connection.Abort();
            await channel.SendWordAsync(NcMessage.Failed + failure.Message, context.RequestAborted);
        }
        finally
        {
            if (!sending.IsCompleted)
                connection.Abort();
            await sending.ContinueWith(
                static _ => { }, CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            await channel.CloseAsync();
        }
    }

    /// <summary>From the peer to nc.</summary>
    private static async Task ReceiveAsync(
        NcChannel channel, INcConnection connection, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferLength];
        int length;
        while ((length = await connection.ReadAsync(buffer, cancellationToken)) > 0)
            await channel.SendDataAsync(buffer.AsMemory(0, length), cancellationToken);
        await channel.SendFinAsync(cancellationToken);
    }

    /// <summary>From nc to the peer. When nc has gone, the connection is reset.</summary>
    private static async Task SendAsync(
        NcChannel channel, INcConnection connection, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferLength];
        while (true)
        {
            var message = await channel.ReceiveAsync(buffer, cancellationToken);
            if (message.IsFin)
                break;
            if (message.Length == 0)
            {
                connection.Abort();
                return;
            }

            await connection.WriteAsync(buffer.AsMemory(0, message.Length), cancellationToken);
        }

        await connection.CompleteWritesAsync();
    }

    /// <summary>Cancels when nc has gone.</summary>
    private static async Task WaitForEndAsync(NcChannel channel, CancellationTokenSource leaving)
    {
        var buffer = new byte[1];
        while (!(await channel.ReceiveAsync(buffer, leaving.Token)).IsEnd)
        {
            // nc says nothing here.
        }

        await leaving.CancelAsync();
    }

    /// <exception cref="NcFailure">The query is not one of nc.</exception>
    private static (ushort Port, int Source, AddressFamily Family) TargetOf(HttpContext context)
    {
        var values = new QueryValues(context.Request.Query);
        var port = values.Number("port", 1, ushort.MaxValue);
        var source = values.Number("source", 0, ushort.MaxValue);
        var family = values.Name("family", AddressFamily.Unspecified);
        if (values.Problem is { } problem)
            throw new NcFailure(problem);
        if (port is null)
            throw new NcFailure("port: it is missing");
        if (family is not (AddressFamily.Unspecified or AddressFamily.InterNetwork or AddressFamily.InterNetworkV6))
            throw new NcFailure($"family: the stack has no {family}");
        return ((ushort)port, (int)(source ?? 0), family);
    }

    private readonly record struct Accepted(INcConnection Connection, TaskCompletionSource Fetched);
}
