using UserTcp.Connections;

namespace UserTcp.Listening;

/// <summary>One caller who waits for a connection.</summary>
internal sealed class AcceptWaiter(TaskCreationOptions options) : TaskCompletionSource<ConnectionPump>(options);
