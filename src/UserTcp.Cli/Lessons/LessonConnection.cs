using System.Net.Sockets;
using UserTcp.Wire;

namespace UserTcp.Cli.Lessons;

/// <summary>An open connection of a lesson.</summary>
/// <param name="Kernel">The kernel's end.</param>
/// <param name="Stack">UserTcp's end.</param>
/// <param name="Tuple">Its addresses and ports; local is UserTcp's side.</param>
internal sealed record LessonConnection(Socket Kernel, UserTcpConnection Stack, FourTuple Tuple);
