/*
 * The same services over lwIP as Debian ships it, behind a TUN device, with its raw API on one thread.
 *
 *   lwip DEVICE ADDRESS        the caller waits for the device, and then sets up the kernel's end
 */
#define _GNU_SOURCE
#include "services.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <lwip/init.h>
#include <lwip/ip.h>
#include <lwip/netif.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/tcp.h>
#include <lwip/timeouts.h>

enum { MTU = 1500, BATCH = 64, MAX_PIECES = 16, MAX_TIME_WAIT = 64 };

static int tun;
static char data[64 * 1024];

static void fail(const char *what)
{
    fprintf(stderr, "lwip: %s: %s\n", what, strerror(errno));
    exit(1);
}

static err_t write_frame(struct netif *netif, struct pbuf *frame, const ip4_addr_t *address)
{
    struct iovec pieces[MAX_PIECES];
    int count = 0;
    (void)netif;
    (void)address;
    for (struct pbuf *p = frame; p != NULL && count < MAX_PIECES; p = p->next)
        pieces[count++] = (struct iovec){p->payload, p->len};
    return writev(tun, pieces, count) < 0 ? ERR_BUF : ERR_OK;
}

static err_t set_up(struct netif *netif)
{
    netif->name[0] = 't';
    netif->name[1] = 'n';
    netif->mtu = MTU;
    netif->output = write_frame;
    netif->flags = NETIF_FLAG_UP | NETIF_FLAG_LINK_UP;
    return ERR_OK;
}

/* Fills the send buffer with chargen data, without a copy. */
static void fill(struct tcp_pcb *connection)
{
    for (u16_t room; (room = (u16_t)LWIP_MIN(tcp_sndbuf(connection), 0xFFFF)) > 0;) {
        if (tcp_write(connection, data, room, 0) != ERR_OK)
            break;
    }
    tcp_output(connection);
}

static err_t on_sent(void *argument, struct tcp_pcb *connection, u16_t length)
{
    (void)argument;
    (void)length;
    fill(connection);
    return ERR_OK;
}

/* Answers a request. The load generator sends each request in one piece. */
static int answer(struct tcp_pcb *connection, const struct pbuf *p)
{
    if (memmem(p->payload, p->len, "\r\n\r\n", 4) == NULL)
        return 1;
    int closes = memmem(p->payload, p->len, "Connection: close", 17) != NULL;
    if (closes)
        tcp_write(connection, RESPONSE_CLOSE, sizeof RESPONSE_CLOSE - 1, 0);
    else
        tcp_write(connection, RESPONSE, sizeof RESPONSE - 1, 0);
    return !closes;
}

static err_t on_received(void *argument, struct tcp_pcb *connection, struct pbuf *received, err_t error)
{
    int port = (int)(long)argument, stays = received != NULL && error == ERR_OK;
    if (received != NULL) {
        for (struct pbuf *p = received; p != NULL && port == PORT_ECHO; p = p->next)
            tcp_write(connection, p->payload, p->len, TCP_WRITE_FLAG_COPY);
        if (port == PORT_HTTP)
            stays = answer(connection, received);
        tcp_recved(connection, received->tot_len);
        pbuf_free(received);
    }
    if (!stays)
        tcp_close(connection);
    else if (port != PORT_DISCARD)
        tcp_output(connection);
    return ERR_OK;
}

static err_t on_accepted(void *argument, struct tcp_pcb *connection, err_t error)
{
    if (error != ERR_OK || connection == NULL)
        return ERR_VAL;
    tcp_nagle_disable(connection);
    tcp_arg(connection, argument);
    tcp_recv(connection, on_received);
    if ((int)(long)argument == PORT_CHARGEN) {
        tcp_sent(connection, on_sent);
        fill(connection);
    }
    return ERR_OK;
}

static void listen_at(int port)
{
    struct tcp_pcb *listener = tcp_new();
    if (listener == NULL || tcp_bind(listener, IP_ANY_TYPE, (u16_t)port) != ERR_OK)
        fail("bind");
    listener = tcp_listen_with_backlog(listener, 255);
    tcp_arg(listener, (void *)(long)port);
    tcp_accept(listener, on_accepted);
}

/*
 * lwIP walks the TIME-WAIT list for each segment. Without a limit it would stall after a second of short connections.
 */
static void forget_time_wait(void)
{
    int count = 0;
    for (struct tcp_pcb *p = tcp_tw_pcbs; p != NULL && count <= MAX_TIME_WAIT; p = p->next)
        count++;
    while (count > MAX_TIME_WAIT && tcp_tw_pcbs != NULL)
        tcp_abandon(tcp_tw_pcbs, 0);
}

static void open_device(const char *name)
{
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (tun < 0 || ioctl(tun, TUNSETIFF, &request) < 0)
        fail("TUN device");
}

/* Reads one batch of frames. False when there is none. */
static int read_frames(struct netif *netif)
{
    static char frame[MTU];
    int count = 0;
    for (ssize_t length; count < BATCH && (length = read(tun, frame, sizeof frame)) > 0; count++) {
        struct pbuf *p = pbuf_alloc(PBUF_RAW, (u16_t)length, PBUF_RAM);
        if (p == NULL)
            continue;
        pbuf_take(p, frame, (u16_t)length);
        if (netif->input(p, netif) != ERR_OK)
            pbuf_free(p);
    }
    return count > 0;
}

int main(int count, char **arguments)
{
    static const int ports[] = {PORT_ECHO, PORT_DISCARD, PORT_CHARGEN, PORT_HTTP};
    struct netif netif;
    ip4_addr_t address, mask, gateway;
    if (count != 3 || !ip4addr_aton(arguments[2], &address))
        return 64;
    open_device(arguments[1]);
    lwip_init();
    IP4_ADDR(&mask, 255, 255, 255, 0);
    IP4_ADDR(&gateway, 0, 0, 0, 0);
    netif_add(&netif, &address, &mask, &gateway, NULL, set_up, ip_input);
    netif_set_default(&netif);
    netif_set_up(&netif);
    for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++)
        listen_at(ports[i]);
    for (;;) {
        struct pollfd wait = {.fd = tun, .events = POLLIN};
        sys_check_timeouts();
        if (read_frames(&netif)) {
            forget_time_wait();
            continue;
        }
        u32_t sleep = sys_timeouts_sleeptime();
        poll(&wait, 1, sleep == SYS_TIMEOUTS_SLEEPTIME_INFINITE ? -1 : (int)sleep);
    }
}
