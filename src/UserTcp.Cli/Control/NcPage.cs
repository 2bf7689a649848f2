using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using UserTcp.Cli.Netcat;

namespace UserTcp.Cli.Control;

/// <summary>
/// The pages /nc/connect, /nc/listen and /nc/accept: connections of this stack for `usertcp nc --stack`, each over a
/// WebSocket (<see cref="NcChannel"/>).
/// </summary>
internal sealed class NcPage
{
    /// <summary>The header with the reason why there is no connection.</summary>
    public const string ProblemHeader = "Usertcp-Problem";

    private const int BufferLength = 64 * 1024;

    /// <summary>Accepted connections that nc has not fetched yet, by their ids.</summary>
    private readonly ConcurrentDictionary<string, Accepted> _accepted = [];
    private long _lastId;

    public async Task RunAsync(HttpContext context, UserTcpStack stack)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            return;
        }

        try
        {
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
            context.Response.Headers[ProblemHeader] = failure.Message;
        }
        catch (Exception exception) when (exception is OperationCanceledException or NcFailure)
        {
            // nc has gone.
        }
    }

    private static async Task ConnectAsync(HttpContext context, OwnStack stack)
    {
        var query = context.Request.Query;
        await using var connection = await stack.ConnectAsync(
            query["host"].ToString(), (ushort)Number(query["port"]), Number(query["source"]), FamilyOf(context),
            context.RequestAborted);
        await CarryAsync(context, connection);
    }

    private async Task ListenAsync(HttpContext context, OwnStack stack)
    {
        await using var listener = await stack.ListenAsync(
            (ushort)Number(context.Request.Query["port"]), FamilyOf(context), context.RequestAborted);
        using var channel = new NcChannel(await context.WebSockets.AcceptWebSocketAsync());
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
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

    private readonly record struct Accepted(INcConnection Connection, TaskCompletionSource Fetched);

    private static int Number(string? value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static AddressFamily FamilyOf(HttpContext context) =>
        Enum.TryParse<AddressFamily>(context.Request.Query["family"], out var family)
            ? family
            : AddressFamily.Unspecified;
}
