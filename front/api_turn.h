/*
 * api_turn.h: one request of the HTTP API on its way: read, asked of the node as often as it takes,
 * written, answered. Inside front/api*.c only.
 */
#ifndef FRONT_API_TURN_H
#define FRONT_API_TURN_H

#include "front/api.h"
#include "json/print.h"

struct turn;

/* Why a request is not done as asked. */
struct turn_refusal {
    enum err err;
    unsigned status;     /* 0: what the error says */
    const char *detail;  /* NULL: the error's sentence */
    char param[64];      /* the parameter or member that is wrong; "": none */
    int check_digit;     /* the right one of the IMEI; -1: none */
    json_t *particulars; /* further members; NULL: none */
};

/*
 * What a route does. `read` takes the request, `write` a response of the node, whose head is in the
 * turn: either fills in `text`, which is the answer, or sets `asks`: the node is asked `request`,
 * and its response comes to `write`. What they return other than ERR_OK is the refusal's error.
 * With large bodies they run on another thread: they touch the turn alone.
 */
struct turn_plan {
    const char *scope;        /* of the token that it needs; NULL: none */
    const char *gives;        /* type of its answers */
    const char *caches;       /* Cache-Control of what it gives; NULL: nobody keeps it */
    const char *const *takes; /* types of its body, NULL at the end; NULL: it looks at none */
    bool is_batch;
    enum err (*read)(struct turn *turn);
    enum err (*write)(struct turn *turn, struct reader *body); /* NULL: it never asks */
    /* Writes the refusal's body and returns its type; NULL: application/problem+json. */
    const char *(*refuse)(struct turn *turn, unsigned status);
    /* Adds fields to every answer. NULL: none. */
    void (*add_fields)(struct turn *turn, struct http_field *fields);
};

struct turn {
    struct turn *next; /* of the API's */
    struct turn **previous;
    struct api *api;
    const struct turn_plan *plan;
    struct http_request *http;
    struct errand *errand;
    uv_work_t work;
    bool is_working; /* another thread has it */
    enum err worked;
    bool asks;
    struct request request;
    struct response_head head; /* of the node's last answer */
    unsigned status;           /* of the answer, 200 */
    struct print text;
    struct turn_refusal refusal;
    json_t *value; /* the plan's; NULL: none */
    void *own;     /* the plan's, freed with free() */
};

struct api {
    uv_loop_t *loop;
    struct asker *asker;
    struct guard *guard;
    struct turn *turns;
    size_t batches;
    bool is_closing;
    struct api_route {
        struct api *api;
        const struct turn_plan *plan;
    } routes[API_ROUTES_MAX];
};

/* A request has come in. */
void turn_begin(struct api *api, const struct turn_plan *plan, struct http_request *http);
/* The API closes: answers all that no other thread has. */
void turns_end(struct api *api);

/* The status that says what the error does. */
unsigned turn_status_of(enum err err);

/* ---- for plans ---- */

/* Why, for a person. */
const char *turn_detail(const struct turn *turn);

enum param_form {
    PARAM_NUMBER, /* uint64_t, 0 to `max` */
    PARAM_WORD,   /* uint64_t: which of `words`, NULL at the end */
    PARAM_IMSI,   /* struct imsi */
    PARAM_BOOL,   /* bool: "true", "false", or nothing: true */
};

/* A parameter of the query. */
struct param {
    const char *name;
    enum param_form form;
    void *out; /* left alone when it is not given */
    uint64_t max;
    const char *const *words;
    bool *is_given; /* NULL: it does not matter */
};

/* Reads the query. ERR_UNKNOWN_FIELD, ERR_OUT_OF_RANGE and query_next()'s. */
enum err turn_params(struct turn *turn, const struct param *params, size_t count) must_check;

/* The segment of the path, decoded. The errors of percent_decode(). */
enum err turn_segment(struct turn *turn, size_t index, char *out, size_t size_max,
                      size_t *size) must_check;

/* Of a parameter that is wrong: returns `err`. */
enum err turn_wrong(struct turn *turn, enum err err, const char *param);

#endif
