#include "front/api.h"

#include "front/api_batch.h"
#include "front/api_camara.h"
#include "front/api_device.h"
#include "front/api_document.h"
#include "front/api_ledger.h"
#include "front/api_transaction.h"

#include <stdlib.h>

/* A body of check-status is an IMEI and its name. */
enum { CAMARA_SIZE_MAX = 4096 };

static const struct {
    const char *pattern;
    unsigned method;
    uint32_t body_max;
    const struct turn_plan *plan;
} rows[] = {
    {"/v1/openapi.yaml", METHOD_GET, 0, &api_document_plan},
    {"/v1/status", METHOD_GET, 0, &api_status_plan},
    {"/v1/devices/check", METHOD_POST, API_BATCH_SIZE_MAX, &api_batch_plan},
    {"/v1/devices/{imei}", METHOD_GET, 0, &api_check_plan},
    {"/v1/devices/{imei}/history", METHOD_GET, 0, &api_history_plan},
    {"/v1/tacs/{tac}", METHOD_GET, 0, &api_tac_plan},
    {"/v1/organisations", METHOD_GET, 0, &api_organisations_plan},
    {"/v1/nodes", METHOD_GET, 0, &api_nodes_plan},
    {"/v1/transactions", METHOD_POST, TX_SIZE_MAX, &api_submit_plan},
    {"/v1/transactions/{id}", METHOD_GET, 0, &api_transaction_plan},
    {"/device-authenticity/vwip/check-status", METHOD_POST, CAMARA_SIZE_MAX, &api_camara_plan},
    {"/device-authenticity/v0.1/check-status", METHOD_POST, CAMARA_SIZE_MAX, &api_camara_plan},
};

enum { ROW_COUNT = sizeof rows / sizeof rows[0] };

_Static_assert(ROW_COUNT <= API_ROUTES_MAX, "every row is a route");

enum err api_open(uv_loop_t *loop, const struct asker_port *port, struct guard *guard,
                  struct api **out)
{
    *out = NULL;
    struct api *api = calloc(1, sizeof *api);
    if (api == NULL)
        return ERR_MEMORY;
    api->loop = loop;
    api->guard = guard;
    enum err err = asker_open(loop, port, &api->asker);
    if (err != ERR_OK) {
        free(api);
        return err;
    }
    *out = api;
    return ERR_OK;
}

void api_close(struct api *api)
{
    if (api == NULL)
        return;
    struct asker *asker = api->asker;
    api->is_closing = true;
    if (api->turns == NULL)
        free(api);
    else
        turns_end(api);
    asker_close(asker);
}

static void handle(void *context, struct http_request *request)
{
    const struct api_route *route = context;
    struct guard *guard = route->api->guard;
    const char *scope = route->plan->scope;
    if (guard == NULL || scope == NULL || guard_admits(guard, request, scope))
        turn_begin(route->api, route->plan, request);
}

size_t api_routes(struct api *api, struct http_route *routes)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        api->routes[i] = (struct api_route){api, rows[i].plan};
        routes[i] = (struct http_route){
            .pattern = rows[i].pattern,
            .methods = rows[i].method,
            .body_max = rows[i].body_max,
            .handle = handle,
            .context = &api->routes[i],
        };
    }
    return ROW_COUNT;
}
