// attack: with a loopback interface, talk to the server itself, whose port it is told
// expect: exited 0
// says: Connection refused
#include "refused.h"
#include <arpa/inet.h>
#include <unistd.h>

int main(void) {
    int port;
    if (scanf("%d", &port) != 1) return 1;
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    REFUSED(ECONNREFUSED, connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&server, sizeof server));
}
