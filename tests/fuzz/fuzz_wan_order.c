/* A line that the proxy of a testnet is told: taken or refused with words, and bounded. */
#include "proto/invariant.h"
#include "testnet/proxy/order.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct order order;
    const char *wrong = order_parse(bytes_of(data, size), &order);
    if (wrong != NULL) {
        invariant(wrong[0] != '\0');
        return 0;
    }
    invariant(order.verb <= ORDER_STATE);
    invariant(strlen(order.a) < WORD_SIZE && strlen(order.b) < WORD_SIZE);
    invariant(order.verb != ORDER_PROFILE || order.file[0] != '\0');
    invariant(order.verb != ORDER_CUT || (order.a[0] != '\0' && order.b[0] != '\0'));
    invariant(order.flap.open_us <= order.flap.period_us);
    invariant((order.verb == ORDER_FLAP) == (order.flap.period_us > 0));
    return 0;
}
