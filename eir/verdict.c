#include "eir/verdict.h"

/* What one live claim says of the device. */
static enum verdict verdict_of_claim(enum claim_kind kind)
{
    switch (kind) {
    case CLAIM_BLOCK: return VERDICT_BLACK;
    case CLAIM_WATCH:
    case CLAIM_DUPLICATE: return VERDICT_GREY;
    case CLAIM_REGISTERED:
    case CLAIM_NONE: return VERDICT_WHITE;
    }
    return VERDICT_WHITE;
}

enum verdict verdict_of(const struct check_answer *device)
{
    enum verdict worst = device->tac.known ? VERDICT_WHITE : VERDICT_UNKNOWN;
    for (size_t i = 0; i < device->claim_count; i++) {
        enum verdict verdict = verdict_of_claim(device->claims[i].kind);
        if (verdict == VERDICT_BLACK)
            return VERDICT_BLACK;
        if (verdict == VERDICT_GREY)
            worst = VERDICT_GREY;
    }
    return worst;
}
