#include "eir/look.h"

#include <stdlib.h>

struct look {
    struct standing_claims claims;
    struct claim_class classes[STANDING_CLAIMS_MAX];
    struct found found;
};

_Static_assert(STANDING_CLAIMS_MAX <= FOUND_MAX, "what the ledger tells has room");

enum err look_open(struct look **out)
{
    *out = malloc(sizeof **out);
    return *out == NULL ? ERR_MEMORY : ERR_OK;
}

void look_close(struct look *look)
{
    free(look);
}

/* Each has a class of its own here, also when one organisation says the same of the device and of a
 * range. */
static void tell(struct look *look)
{
    for (size_t i = 0; i < look->claims.count; i++) {
        const struct standing_claim *claim = &look->claims.at[i];
        look->classes[i] = (struct claim_class){.kind = claim->kind,
                                                .reason = claim->reason,
                                                .organisation = claim->organisation,
                                                .roles = claim->roles,
                                                .country = claim->country,
                                                .name = claim->name};
        look->found.claims[i] = (struct found_claim){&look->classes[i], claim->is_range};
    }
    look->found.count = look->claims.count;
    look->found.is_cut = look->claims.is_cut;
}

enum err look_at(struct look *look, struct view *view, struct imei imei, const struct found **out)
{
    struct ledger_position position = view_position(view);
    struct tac_info tac;
    *out = &look->found;
    enum err err = view_claims(view, imei, &look->claims);
    if (err == ERR_OK)
        err = view_tac(view, imei_tac(imei), &tac);
    if (err != ERR_OK)
        return err;
    look->found.height = position.height;
    look->found.time_ms = position.time_ms;
    look->found.is_tac_known = tac.known;
    look->found.tac_time_ms = tac.time_ms;
    tell(look);
    return ERR_OK;
}
