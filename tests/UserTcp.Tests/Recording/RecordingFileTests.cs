using System.Text;
using UserTcp.Engine.Contract;
using UserTcp.Recording;
using UserTcp.Tests.Api.Kit;
using UserTcp.Tests.Recording.Kit;
using Xunit;

namespace UserTcp.Tests.Recording;

/// <summary>The file of a recording: cut, changed, full, and who may read it.</summary>
public sealed class RecordingFileTests
{
    [Fact]
    public void A_file_that_is_cut_anywhere_replays_up_to_the_last_whole_entry()
    {
        var record = RunSmall().ServerRecord;
        var file = record.File.ToArray();
        var header = HeaderLength(file);

        for (var length = 0; length < file.Length; length++)
        {
            if (length < header)
            {
                Assert.Throws<InvalidDataException>(() => UserTcpReplay.Open(new MemoryStream(file[..length])));
                continue;
            }

            var events = RunRecord.Replay(file[..length], mayBeCut: true);
            Assert.True(events.SequenceEqual(record.Events.Take(events.Count)), $"cut at {length}");
        }
    }

    [Fact]
    public void A_changed_byte_throws_nothing_but_the_format_error()
    {
        var file = RunSmall().ServerRecord.File.ToArray();
        var header = HeaderLength(file);
        var differences = 0;

        for (var at = 0; at < file.Length; at++)
        {
            // Digits of the header change the options, which is no harm; all of its bytes take long.
            if (at < header && at % 7 != 0)
                continue;
            var changed = (byte[])file.Clone();
            changed[at] ^= (byte)(1 << (at % 8));
            try
            {
                using var replay = UserTcpReplay.Open(new MemoryStream(changed));
                while (replay.TryRead(out _))
                {
                    // To the end.
                }

                differences += replay.Difference is null ? 0 : 1;
            }
            catch (InvalidDataException)
            {
                differences++;
            }
        }

        // Many bytes are data of times that no segment shows; most are not.
        Assert.True(differences > (file.Length - header) / 2, $"{differences} of {file.Length - header}");
    }

    [Fact]
    public void A_changed_byte_of_data_is_found_in_the_frame_that_carries_it()
    {
        var file = RunSmall().ServerRecord.File.ToArray();
        var at = file.AsSpan().IndexOf("HELLO"u8);
        file[at] ^= 1;

        using var replay = UserTcpReplay.Open(new MemoryStream(file));
        while (replay.TryRead(out _))
        {
            // To the difference.
        }

        Assert.Contains("the frame has other bytes", replay.Difference, StringComparison.Ordinal);
        Assert.Contains("(Emit at", replay.Difference, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_file_is_refused()
    {
        var error = Assert.Throws<InvalidDataException>(
            () => UserTcpReplay.Open(new MemoryStream(Encoding.UTF8.GetBytes("not a recording at all"))));

        Assert.Equal("it is not a recording of usertcp", error.Message);
    }

    [Fact]
    public void An_endless_pipe_that_is_no_recording_is_refused_by_its_first_bytes()
    {
        using var pipe = new EndlessPipe();

        var error = Assert.Throws<InvalidDataException>(() => UserTcpReplay.Open(pipe));

        Assert.Equal("it is not a recording of usertcp", error.Message);
        Assert.InRange(pipe.BytesRead, 1, 100);
    }

    [Fact]
    public void A_pipe_is_read_as_a_file_is()
    {
        var record = RunSmall().ServerRecord;
        using var replay = UserTcpReplay.Open(new Pipe(record.File.ToArray()));

        var events = 0;
        while (replay.TryRead(out _))
            events++;

        Assert.Equal((record.Events.Count, null, true), (events, replay.Difference, replay.IsComplete));
    }

    [Fact]
    public void A_header_with_control_characters_is_refused()
    {
        var file = RunSmall().ServerRecord.File.ToArray();
        var at = file.AsSpan().IndexOf("\"Device\":\""u8) + "\"Device\":\""u8.Length;
        "\\u001b"u8.CopyTo(file.AsSpan(at));

        var error = Assert.Throws<InvalidDataException>(() => UserTcpReplay.Open(new MemoryStream(file)));

        Assert.Equal("its header has control characters", error.Message);
    }

    [Fact]
    public void Events_do_not_wait_for_a_missing_one_without_limit()
    {
        var whole = RunSmall().ServerRecord.File.ToArray();
        using var file = new MemoryStream();
        file.Write(whole, 0, HeaderLength(whole));
        var entry = new EntryWriter();
        for (var i = 0; i <= 1 << 18; i++)
        {
            entry.Clear();
            entry.WriteByte((byte)EntryKind.Verdict);
            entry.WriteNumber(0);
            // The numbers begin with 2.
            entry.WriteSigned(i == 0 ? 2 : 1);
            entry.WriteSigned(0);
            VerdictCodec.Write(entry, new LinkVerdict { Kind = LinkVerdictKind.Lost });
            entry.WriteBlob(default);
            file.WriteByte((byte)entry.Written.Length);
            file.Write(entry.Written);
        }

        file.Position = 0;
        using var replay = UserTcpReplay.Open(file);
        var error = Assert.Throws<InvalidDataException>(() => replay.TryRead(out _));

        Assert.Equal("it has no event 1, and 262144 later ones", error.Message);
    }

    [Fact]
    public void At_its_max_length_the_recording_ends_and_the_stack_goes_on()
    {
        var pair = DrivenPair.Run(
            new DrivenOptions { MaxLength = 20_000 },
            pair => Conversations.RunAsync(pair, seed: 2, clientPort: 40_000));

        Assert.Contains("max length of 20,000 bytes", pair.ServerRecord.Ended?.Message, StringComparison.Ordinal);
        var file = pair.ServerRecord.File.ToArray();
        Assert.InRange(file.Length, HeaderLength(file) + 1, 20_000);
        var events = RunRecord.Replay(file, mayBeCut: true);
        Assert.NotEmpty(events);
        Assert.True(events.Count < pair.ServerRecord.Events.Count);
        Assert.True(events.SequenceEqual(pair.ServerRecord.Events.Take(events.Count)));
    }

    [Fact]
    public async Task A_file_that_fails_ends_the_recording_and_the_stack_goes_on()
    {
        Exception? ended = null;
        var recording = new UserTcpRecording(new FullDisk()) { Ended = error => ended = error };
        await using (var pair = await StackPair.StartAsync(new PairOptions { ServerRecording = recording }))
        {
            var (client, server) = await pair.ConnectAsync();
            await using (client)
            await using (server)
            {
                await client.GetStream().WriteAsync(new byte[10_000]);
                await server.GetStream().ReadExactlyAsync(new byte[10_000]);
            }
        }

        Assert.Equal("No space left on device", ended?.Message);
        Assert.Same(ended, recording.Error);
    }

    [Fact]
    public void A_new_file_is_for_its_owner_only_and_one_for_others_is_refused()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Modes of files are Unix's.");
            return;
        }

        var path = Path.Combine(Path.GetTempPath(), $"usertcp-{Guid.NewGuid():N}.utr");
        try
        {
            UserTcpRecording.ToFile(path).Discard();
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));

            UserTcpRecording.ToFile(path).Discard();
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
            var error = Assert.Throws<IOException>(() => UserTcpRecording.ToFile(path));
            Assert.Contains("chmod 600", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>A file with room for the header and a little more.</summary>
    private sealed class FullDisk : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (Length + buffer.Length > 4096)
                throw new IOException("No space left on device");
            base.Write(buffer);
        }
    }

    private static int HeaderLength(byte[] file) => 12 + BitConverter.ToInt32(file, 8);

    private static DrivenPair RunSmall() => DrivenPair.Run(new DrivenOptions(), async pair =>
    {
        await using var listener = await pair.Server.ListenAsync(DrivenPair.Service);
        var accept = listener.AcceptConnectionAsync();
        await using var client = await pair.Client.ConnectAsync(DrivenPair.Service);
        await using var server = await accept;
        await server.GetStream().WriteAsync("HELLO"u8.ToArray());
        server.CompleteWrites();
        client.CompleteWrites();
        await client.GetStream().ReadExactlyAsync(new byte[5]);
        Assert.Equal(0, await client.GetStream().ReadAsync(new byte[1]));
    });

    /// <summary>A file that cannot seek.</summary>
    private sealed class Pipe(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }

    /// <summary>Zeros without an end.</summary>
    private sealed class EndlessPipe : MemoryStream
    {
        public long BytesRead { get; private set; }

        public override bool CanSeek => false;

        public override int Read(Span<byte> buffer)
        {
            buffer.Clear();
            BytesRead += buffer.Length;
            return buffer.Length;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
    }
}
