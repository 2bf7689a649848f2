using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace UserTcp.Telemetry;

/// <summary>
/// Activities and events of connecting and accepting. Without a listener, a call costs two comparisons.
/// </summary>
internal static class StackActivities
{
    private static readonly ActivitySource Source = new(UserTcpTelemetry.ActivitySourceName);

    /// <summary>True when an accept is to be reported.</summary>
    public static bool WantsAccepts => Source.HasListeners() || StackEventSource.Log.IsEnabled();

    /// <summary>Reports an attempt to connect, from its start to its end.</summary>
    public static async Task<T> ConnectAsync<T>(Task<T> attempt, IPEndPoint remote)
    {
        if (!Source.HasListeners() && !StackEventSource.Log.IsEnabled())
            return await attempt.ConfigureAwait(false);
        var address = remote.ToString();
        using var activity = Start("UserTcp.Connect", ActivityKind.Client, remote);
        StackEventSource.Log.ConnectStart(address);
        try
        {
            var connection = await attempt.ConfigureAwait(false);
            StackEventSource.Log.ConnectStop(address);
            return connection;
        }
        catch (OperationCanceledException)
        {
            // The application has given up, or another address was faster: no error.
            StackEventSource.Log.ConnectStop(address);
            throw;
        }
        catch (Exception exception)
        {
            var error = exception is SocketException socket
                ? UserTcpTelemetry.NameOf(socket.SocketErrorCode)
                : exception.GetType().FullName!;
            activity?.SetTag("error.type", error);
            activity?.SetStatus(ActivityStatusCode.Error, exception.Message);
            StackEventSource.Log.ConnectFailed(address, error);
            throw;
        }
    }

    /// <summary>The application has accepted a connection.</summary>
    public static void Accept(IPEndPoint remote)
    {
        Start("UserTcp.Accept", ActivityKind.Server, remote)?.Dispose();
        StackEventSource.Log.Accepted(remote.ToString());
    }

    private static Activity? Start(string name, ActivityKind kind, IPEndPoint remote)
    {
        var activity = Source.StartActivity(name, kind);
        activity?.SetTag("network.transport", "tcp");
        activity?.SetTag("network.type", remote.AddressFamily == AddressFamily.InterNetwork ? "ipv4" : "ipv6");
        activity?.SetTag("network.peer.address", remote.Address.ToString());
        activity?.SetTag("network.peer.port", remote.Port);
        return activity;
    }
}
