using System.Net.Sockets;
using Microsoft.Extensions.Options;
using UserTcp.Tun;

namespace UserTcp.Cli;

/// <summary>Turns what goes wrong into a line on standard error and an exit code.</summary>
internal static class Failures
{
    public static async Task<int> GuardAsync(Func<Task<int>> action, TextWriter error)
    {
        try
        {
            return await action();
        }
        catch (TunException exception)
        {
            return Report(error, exception.Message, exception.Reason switch
            {
                TunFailure.DeviceMissing => ExitCode.DeviceMissing,
                TunFailure.NotPermitted => ExitCode.NotPermitted,
                TunFailure.NameInUse or TunFailure.Configuration => ExitCode.Configuration,
                _ => ExitCode.InternalFault,
            });
        }
        catch (CommandException exception)
        {
            return Report(error, exception.Message, exception.ExitCode);
        }
        catch (OptionsValidationException exception)
        {
            return Report(error, string.Join(" ", exception.Failures), ExitCode.Configuration);
        }
        catch (InvalidOperationException exception) when (exception.InnerException is FormatException or OverflowException or ArgumentException)
        {
            // Configuration of the wrong kind: the framework's words name the setting and the value.
            return Report(error, exception.Message, ExitCode.Configuration);
        }
        catch (InvalidDataException exception)
        {
            return Report(error, $"{exception.Message} {exception.InnerException?.Message}".TrimEnd(), ExitCode.Configuration);
        }
        catch (HttpRequestException exception)
        {
            return Report(error, $"the stack does not answer ({exception.Message}): is it still running?", ExitCode.Failure);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or SocketException)
        {
            return Report(error, exception.Message, ExitCode.Failure);
        }
    }

    private static int Report(TextWriter error, string message, int code)
    {
        error.WriteLine($"{CommandTree.Name}: {message.ReplaceLineEndings(" ")}");
        return code;
    }
}
