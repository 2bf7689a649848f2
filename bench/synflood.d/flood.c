// Sends SYNs at a steady rate to one port from spoofed addresses, and ends by itself. For bench/synflood, in a network
// namespace.
//
// usage: flood ADDRESS PORT PACKETS_PER_SECOND SECONDS
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { BATCH = 64, SYN_LENGTH = 60, MAX_RATE = 1000000, MAX_SECONDS = 1001 };

// The second half of the benchmarking network (RFC 2544), where no host answers: 198.19.0.0/16.
static const uint32_t SOURCES = 0xC6130000;

static uint64_t state = 88172645463325252u;

static uint64_t next_random(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static uint32_t add(uint32_t sum, const uint8_t *bytes, int count)
{
    for (int i = 0; i < count; i += 2)
        sum += (uint32_t)(bytes[i] << 8 | bytes[i + 1]);
    return sum;
}

static void put16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value);
}

// The options of Linux: MSS, SACK permitted, timestamps, window scale.
static void make_syn(uint8_t *packet, uint32_t destination, uint16_t port)
{
    static const uint8_t options[] = {2, 4, 0x05, 0xB4, 4, 2, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 3, 7};
    const uint64_t random = next_random();
    uint8_t *tcp = packet + 20;
    memset(packet, 0, SYN_LENGTH);
    packet[0] = 0x45;
    put16(packet + 2, SYN_LENGTH);
    packet[6] = 0x40;
    packet[8] = 64;
    packet[9] = IPPROTO_TCP;
    put32(packet + 12, SOURCES | (uint32_t)(random & 0xFFFF));
    put32(packet + 16, destination);
    put16(tcp, 1024 + (uint32_t)((random >> 16) & 0x7FFF));
    put16(tcp + 2, port);
    put32(tcp + 4, (uint32_t)(random >> 32));
    tcp[12] = 10 << 4;
    tcp[13] = 2;
    put16(tcp + 14, 64240);
    memcpy(tcp + 20, options, sizeof options);
    put32(tcp + 28, (uint32_t)(random >> 20));
    uint32_t sum = add(add(0, packet + 12, 8), tcp, SYN_LENGTH - 20) + IPPROTO_TCP + SYN_LENGTH - 20;
    while (sum >> 16)
        sum = (sum & 0xFFFF) + (sum >> 16);
    put16(tcp + 16, ~sum);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    struct in_addr address;
    if (argc != 5 || inet_pton(AF_INET, argv[1], &address) != 1) {
        fprintf(stderr, "usage: flood ADDRESS PORT PACKETS_PER_SECOND SECONDS\n");
        return 64;
    }
    const int port = atoi(argv[2]), rate = atoi(argv[3]), seconds = atoi(argv[4]);
    if (port < 1 || port > 65535 || rate < 1 || rate > MAX_RATE || seconds < 1 || seconds > MAX_SECONDS) {
        fprintf(stderr, "flood: takes a port, up to %d packets a second, and up to %d seconds\n", MAX_RATE, MAX_SECONDS);
        return 64;
    }
    const int raw = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
    if (raw < 0) {
        perror("flood: raw socket");
        return 77;
    }
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = address};
    static uint8_t packets[BATCH][SYN_LENGTH];
    struct iovec pieces[BATCH];
    struct mmsghdr messages[BATCH];
    memset(messages, 0, sizeof messages);
    for (int i = 0; i < BATCH; i++) {
        pieces[i] = (struct iovec){packets[i], SYN_LENGTH};
        messages[i].msg_hdr = (struct msghdr){.msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &pieces[i], .msg_iovlen = 1};
    }
    const double start = now();
    long sent = 0, refused = 0;
    for (double elapsed = 0; elapsed < seconds; elapsed = now() - start) {
        // Sends the due packets in batches. A delayed sender catches up on at most 20 ms.
        long due = (long)(elapsed * rate) - sent - refused;
        if (due > rate / 50 + BATCH) {
            refused += due - rate / 50;
            due = rate / 50;
        }
        while (due > 0) {
            const int count = due < BATCH ? (int)due : BATCH;
            for (int i = 0; i < count; i++)
                make_syn(packets[i], ntohl(address.s_addr), (uint16_t)port);
            const int taken = sendmmsg(raw, messages, (unsigned)count, 0);
            if (taken < 0 && errno != ENOBUFS && errno != EAGAIN && errno != EINTR) {
                perror("flood: send");
                return 1;
            }
            sent += taken > 0 ? taken : 0;
            refused += count - (taken > 0 ? taken : 0);
            due -= count;
        }
        nanosleep(&(struct timespec){.tv_nsec = 500000}, NULL);
    }
    printf("%.0f\n", (double)sent / (now() - start));
    return 0;
}
