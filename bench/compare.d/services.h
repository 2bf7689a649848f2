/* The services of every server in the comparison, at the ports of `usertcp up`. */
#ifndef SERVICES_H
#define SERVICES_H

enum { PORT_ECHO = 7, PORT_DISCARD = 9, PORT_CHARGEN = 19, PORT_HTTP = 8080 };

#define RESPONSE_HEAD "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n"
#define RESPONSE_TAIL "Content-Type: text/plain\r\n\r\nHello, world!"
#define RESPONSE RESPONSE_HEAD RESPONSE_TAIL
#define RESPONSE_CLOSE RESPONSE_HEAD "Connection: close\r\n" RESPONSE_TAIL

#endif
