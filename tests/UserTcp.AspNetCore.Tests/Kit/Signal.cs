namespace UserTcp.AspNetCore.Tests.Kit;

/// <summary>Lets one side of a case wait for the other. Setting it twice is no error.</summary>
internal sealed class Signal : Signal<bool>
{
    public void Set() => Set(true);
}

/// <summary>A signal with a value.</summary>
internal class Signal<T>
{
    private readonly TaskCompletionSource<T> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsSet => _source.Task.IsCompleted;

    public void Set(T value) => _source.TrySetResult(value);

    public Task<T> WaitAsync() => _source.Task.OrFail();
}
