using System.Net.Sockets;
using Microsoft.Extensions.Options;
using UserTcp.Tun;

namespace UserTcp.Cli;

/// <summary>Turns an exception into one line on standard error and an exit code.</summary>
internal static class Failures
{
    public static async Task<int> GuardAsync(
        Func<Task<int>> action, TextWriter error, string program = CommandTree.Name)
    {
        try
        {
            return await action();
        }
        catch (TunException exception)
        {
            return Report(exception.Message, exception.Reason switch
            {
                TunFailure.DeviceMissing => ExitCode.DeviceMissing,
                TunFailure.NotPermitted => ExitCode.NotPermitted,
                TunFailure.NameInUse or TunFailure.Configuration => ExitCode.Configuration,
                _ => ExitCode.InternalFault,
            });
        }
        catch (CommandException exception)
        {
            return Report(exception.Message, exception.ExitCode);
        }
        catch (OptionsValidationException exception)
        {
            return Report(string.Join(" ", exception.Failures), ExitCode.Configuration);
        }
        catch (InvalidOperationException exception)
            when (exception.InnerException is FormatException or OverflowException or ArgumentException)
        {
            // A setting of the wrong type: the framework's message names the setting and the value.
            return Report(exception.Message, ExitCode.Configuration);
        }
        catch (InvalidDataException exception)
        {
            return Report($"{exception.Message} {exception.InnerException?.Message}".TrimEnd(), ExitCode.Configuration);
        }
        catch (Exception exception) when (exception is HttpRequestException or HttpIOException)
        {
            return Report($"the stack does not answer ({exception.Message}): is it still running?", ExitCode.Failure);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or SocketException)
        {
            return Report(exception.Message, ExitCode.Failure);
        }

        int Report(string message, int code)
        {
            error.WriteLine($"{program}: {message.ReplaceLineEndings(" ")}");
            return code;
        }
    }
}
