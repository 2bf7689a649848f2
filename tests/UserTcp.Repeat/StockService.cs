using Grpc.Core;

namespace UserTcp.Repeat;

/// <summary>A gRPC service that takes some virtual time.</summary>
internal sealed class StockService(TimeProvider time) : Stock.StockBase
{
    private const int Watched = 5;

    public override async Task<Count> Get(Item request, ServerCallContext context)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(request.Name.Length), time, context.CancellationToken);
        return new Count { Value = request.Name.Length };
    }

    public override async Task Watch(
        Item request, IServerStreamWriter<Count> responseStream, ServerCallContext context)
    {
        for (var value = 0; value < Watched; value++)
        {
            await responseStream.WriteAsync(new Count { Value = value }, context.CancellationToken);
            await Task.Delay(TimeSpan.FromMilliseconds(10), time, context.CancellationToken);
        }
    }
}
