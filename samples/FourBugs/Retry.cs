namespace FourBugs;

/// <summary>Tries three times, with a pause between.</summary>
internal static class Retry
{
    private const int Attempts = 3;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    public static async Task<T> RunAsync<T>(Func<Task<T>> action, TimeProvider time)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await action();
            }
            catch (IOException) when (attempt < Attempts)
            {
                await Task.Delay(Pause, time);
            }
        }
    }
}
