namespace UserTcp.Repeat;

/// <summary>Threads that burn CPU, so that the scheduler takes it from the worker at random times.</summary>
internal static class CpuHogs
{
    public static void Start(int count)
    {
        for (var i = 0; i < count; i++)
            new Thread(Burn) { IsBackground = true, Name = "hog" }.Start();
    }

    private static void Burn()
    {
        while (true)
            Thread.SpinWait(1000);
    }
}
