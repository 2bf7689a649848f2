using UserTcp.Engine.Contract;

namespace UserTcp.Engine.Timers;

/// <summary>
/// Stores the deadlines of the items of a <see cref="DeadlineHeap{T, TStore}"/>, and their places in it.
/// </summary>
internal interface IDeadlineStore<T>
{
    /// <summary>
    /// The deadline of an item. While the item is in the heap, it changes only together with
    /// <see cref="DeadlineHeap{T, TStore}.Advance"/>.
    /// </summary>
    MonotonicTime DeadlineOf(T item);

    /// <summary>The place of an item; negative when it is in no heap.</summary>
    int PlaceOf(T item);

    void SetPlace(T item, int place);
}

/// <summary>A 4-ary heap of items in order of deadline. The store keeps the place of each item.</summary>
internal sealed class DeadlineHeap<T, TStore>(TStore store)
    where TStore : struct, IDeadlineStore<T>
{
    private const int Arity = 4;
    private const int InitialCapacity = 64;
    private const int Nowhere = -1;

    private readonly TStore _store = store;
    private T[] _items = new T[InitialCapacity];

    public int Count { get; private set; }

    /// <summary>True during a change. Still true after an exception: then the heap is broken.</summary>
    public bool IsChanging { get; private set; }

    /// <summary>The item with the earliest deadline. The heap must not be empty.</summary>
    public T First => _items[0];

    public MonotonicTime NextDeadline => Count == 0 ? MonotonicTime.Never : _store.DeadlineOf(_items[0]);

    public void Add(T item)
    {
        IsChanging = true;
        if (Count == _items.Length)
            Array.Resize(ref _items, Count * 2);
        _items[Count] = item;
        SiftUp(Count++);
        IsChanging = false;
    }

    /// <summary>Moves an item whose deadline has become earlier.</summary>
    public void Advance(T item)
    {
        IsChanging = true;
        SiftUp(_store.PlaceOf(item));
        IsChanging = false;
    }

    public void Remove(T item)
    {
        IsChanging = true;
        var place = _store.PlaceOf(item);
        _store.SetPlace(item, Nowhere);
        var last = _items[--Count];
        _items[Count] = default!;
        if (place != Count)
        {
            _items[place] = last;
            SiftDown(place);
            SiftUp(_store.PlaceOf(last));
        }

        IsChanging = false;
    }

    private void Place(int place, T item)
    {
        _items[place] = item;
        _store.SetPlace(item, place);
    }

    private void SiftUp(int place)
    {
        var item = _items[place];
        var deadline = _store.DeadlineOf(item);
        while (place > 0)
        {
            var parent = (place - 1) / Arity;
            if (_store.DeadlineOf(_items[parent]) <= deadline)
                break;
            Place(place, _items[parent]);
            place = parent;
        }

        Place(place, item);
    }

    private void SiftDown(int place)
    {
        var item = _items[place];
        var deadline = _store.DeadlineOf(item);
        while (true)
        {
            var first = (place * Arity) + 1;
            if (first >= Count)
                break;
            var earliest = first;
            for (var child = first + 1; child < Math.Min(first + Arity, Count); child++)
            {
                if (_store.DeadlineOf(_items[child]) < _store.DeadlineOf(_items[earliest]))
                    earliest = child;
            }

            if (deadline <= _store.DeadlineOf(_items[earliest]))
                break;
            Place(place, _items[earliest]);
            place = earliest;
        }

        Place(place, item);
    }
}
