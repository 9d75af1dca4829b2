/*
 * The MME's side of S13, as an extension of freeDiameter's own daemon: it asks what a script says
 * and writes down what it is answered.
 *
 *   LoadExtension = "…/mme.fdx" : "SCRIPT";
 *
 * A line of SCRIPT is one request: words key=value. imei, sv and user are the AVPs of that name,
 * and are left out where they are not given; terminal=no leaves the group out, state=no
 * Auth-Session-State. realm, host, application and command are others than the peer's and S13's.
 * With count the request is sent so often, window of them at once, the IMEI counting up. wait=up
 * and wait=down send nothing and wait until the connection is, or is no more.
 *
 * A line of SCRIPT.out is one answer: result, status, failed; of many how often each came, and how
 * long it took. The daemon ends with the script, or when its peer refuses it.
 */
#include <errno.h>
#include <freeDiameter/extension.h>
#include <inttypes.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { S13 = 16777252, COMMAND = 324, VENDOR_3GPP = 10415, TIMEOUT_S = 30, UP_WITHIN_S = 20 };
enum { RESULTS_MAX = 8192, WORD_SIZE = 256, NS_IN_US = 1000 };

struct request {
    char imei[WORD_SIZE];
    char sv[WORD_SIZE];
    char user[WORD_SIZE];
    char realm[WORD_SIZE];
    char host[WORD_SIZE];
    bool has_imei;
    bool has_terminal;
    bool has_state;
    uint32_t application;
    uint32_t command;
    uint32_t count;
    uint32_t window;
};

/* One answer that is waited for. */
struct wait {
    sem_t *room;
    struct timespec sent;
    uint32_t took_us;
    uint32_t result;
};

static const char *script_path;
static FILE *out;
static atomic_bool was_refused;
static char refusal[WORD_SIZE];
static struct dict_object *request_model;

static struct dict_object *model_of(uint32_t vendor, const char *name)
{
    struct dict_avp_request request = {.avp_vendor = vendor, .avp_name = (char *)(uintptr_t)name};
    struct dict_object *model = NULL;
    if (fd_dict_search(fd_g_config->cnf_dict, DICT_AVP, AVP_BY_NAME_AND_VENDOR, &request, &model,
                       ENOENT) != 0)
        abort();
    return model;
}

/* ---- requests ---- */

static struct avp *add(void *parent, uint32_t vendor, const char *name, union avp_value *value)
{
    struct avp *avp;
    if (fd_msg_avp_new(model_of(vendor, name), 0, &avp) != 0 ||
        (value != NULL && fd_msg_avp_setvalue(avp, value) != 0) ||
        fd_msg_avp_add(parent, MSG_BRW_LAST_CHILD, avp) != 0)
        abort();
    return avp;
}

static void add_text(void *parent, uint32_t vendor, const char *name, const char *text)
{
    union avp_value value = {.os = {.data = (uint8_t *)(uintptr_t)text, .len = strlen(text)}};
    add(parent, vendor, name, &value);
}

static struct msg *message_of(const struct request *request)
{
    struct msg *message;
    struct msg_hdr *header;
    union avp_value no_state = {.u32 = 1};
    if (fd_msg_new(request_model, MSGFL_ALLOC_ETEID, &message) != 0 ||
        fd_msg_new_session(message, NULL, 0) != 0 || fd_msg_hdr(message, &header) != 0)
        abort();
    header->msg_appl = request->application;
    header->msg_code = request->command;
    if (request->has_state)
        add(message, 0, "Auth-Session-State", &no_state);
    fd_msg_add_origin(message, 0);
    if (request->host[0] != '\0')
        add_text(message, 0, "Destination-Host", request->host);
    add_text(message, 0, "Destination-Realm", request->realm);
    if (request->has_terminal) {
        struct avp *terminal = add(message, VENDOR_3GPP, "Terminal-Information", NULL);
        if (request->has_imei)
            add_text(terminal, VENDOR_3GPP, "IMEI", request->imei);
        if (request->sv[0] != '\0')
            add_text(terminal, VENDOR_3GPP, "Software-Version", request->sv);
    }
    if (request->user[0] != '\0')
        add_text(message, 0, "User-Name", request->user);
    return message;
}

/* ---- answers ---- */

/* The AVP of that code below, or NULL. */
static struct avp_hdr *find(void *parent, uint32_t code, struct avp **at)
{
    struct avp *avp = NULL;
    struct avp_hdr *header;
    fd_msg_browse(parent, MSG_BRW_FIRST_CHILD, &avp, NULL);
    while (avp != NULL) {
        if (fd_msg_avp_hdr(avp, &header) == 0 && header->avp_code == code) {
            if (at != NULL)
                *at = avp;
            return header;
        }
        fd_msg_browse(avp, MSG_BRW_NEXT, &avp, NULL);
    }
    return NULL;
}

enum {
    CODE_USER_NAME = 1,
    CODE_RESULT = 268,
    CODE_FAILED = 279,
    CODE_EXPERIMENTAL = 297,
    CODE_EXPERIMENTAL_CODE = 298,
    CODE_TERMINAL = 1401,
    CODE_IMEI = 1402,
    CODE_SOFTWARE_VERSION = 1403,
    CODE_STATUS = 1445
};

static uint32_t result_of(struct msg *answer)
{
    struct avp *group = NULL;
    struct avp_hdr *header = find(answer, CODE_RESULT, NULL);
    if (header == NULL && find(answer, CODE_EXPERIMENTAL, &group) != NULL)
        header = find(group, CODE_EXPERIMENTAL_CODE, NULL);
    return header == NULL ? 0 : header->avp_value->u32;
}

/* The path of codes to what is in Failed-AVP, and its value. */
static void write_failed(struct msg *answer)
{
    struct avp *at = NULL;
    struct avp_hdr *header = find(answer, CODE_FAILED, &at);
    if (header == NULL)
        return;
    fprintf(out, " failed=");
    while (at != NULL) {
        struct avp *child = NULL;
        fd_msg_browse(at, MSG_BRW_FIRST_CHILD, &child, NULL);
        if (child == NULL)
            break;
        at = child;
        fd_msg_avp_hdr(at, &header);
        fprintf(out, "/%u", header->avp_code);
    }
    if (header->avp_value != NULL &&
        (header->avp_code == CODE_IMEI || header->avp_code == CODE_SOFTWARE_VERSION ||
         header->avp_code == CODE_USER_NAME))
        fprintf(out, "=%.*s", (int)header->avp_value->os.len,
                (const char *)header->avp_value->os.data);
}

static void write_answer(struct msg *answer)
{
    struct msg_hdr *header;
    struct avp_hdr *status = find(answer, CODE_STATUS, NULL);
    fd_msg_hdr(answer, &header);
    fprintf(out, "result=%u", result_of(answer));
    if (find(answer, CODE_EXPERIMENTAL, NULL) != NULL)
        fprintf(out, " experimental");
    if (status != NULL)
        fprintf(out, " status=%d", status->avp_value->i32);
    if ((header->msg_flags & CMD_FLAG_ERROR) != 0)
        fprintf(out, " error-bit");
    write_failed(answer);
    fprintf(out, "\n");
}

static uint32_t since_us(const struct timespec *then)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint32_t)((now.tv_sec - then->tv_sec) * 1000000 +
                      (now.tv_nsec - then->tv_nsec) / NS_IN_US);
}

static void done(struct wait *wait, uint32_t result)
{
    sem_t *room = wait->room;
    wait->took_us = since_us(&wait->sent);
    wait->result = result;
    sem_post(room);
}

static void on_one_answer(void *data, struct msg **answer)
{
    write_answer(*answer);
    done(data, result_of(*answer));
    fd_msg_free(*answer);
    *answer = NULL;
}

static void on_answer(void *data, struct msg **answer)
{
    done(data, result_of(*answer));
    fd_msg_free(*answer);
    *answer = NULL;
}

static void on_expiry(void *data, DiamId_t peer, size_t size, struct msg **request)
{
    (void)peer, (void)size;
    done(data, 0);
    fd_msg_free(*request);
    *request = NULL;
}

static void send_request(const struct request *request, struct wait *wait,
                         void (*answered)(void *, struct msg **))
{
    struct msg *message = message_of(request);
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += TIMEOUT_S;
    clock_gettime(CLOCK_MONOTONIC, &wait->sent);
    if (fd_msg_send_timeout(&message, answered, wait, on_expiry, &until) != 0)
        abort();
}

/* ---- many at once ---- */

static int compare_us(const void *a, const void *b)
{
    const struct wait *left = a;
    const struct wait *right = b;
    return (left->took_us > right->took_us) - (left->took_us < right->took_us);
}

static void write_many(struct wait *waits, uint32_t count, uint32_t took_us)
{
    static uint32_t results[RESULTS_MAX];
    memset(results, 0, sizeof results);
    qsort(waits, count, sizeof *waits, compare_us);
    for (uint32_t i = 0; i < count; i++)
        results[waits[i].result % RESULTS_MAX]++;
    fprintf(out, "count=%u rate=%" PRIu64 " p50_us=%u p99_us=%u max_us=%u", count,
            (uint64_t)count * 1000000 / (took_us == 0 ? 1 : took_us), waits[count / 2].took_us,
            waits[(uint64_t)count * 99 / 100].took_us, waits[count - 1].took_us);
    for (uint32_t i = 0; i < RESULTS_MAX; i++) {
        if (results[i] > 0)
            fprintf(out, " %u=%u", i, results[i]);
    }
    fprintf(out, "\n");
}

static void ask_many(struct request *request)
{
    struct wait *waits = calloc(request->count, sizeof *waits);
    uint64_t imei = strtoull(request->imei, NULL, 10);
    struct timespec begun;
    sem_t room;
    if (waits == NULL || sem_init(&room, 0, request->window) != 0)
        abort();
    clock_gettime(CLOCK_MONOTONIC, &begun);
    for (uint32_t i = 0; i < request->count; i++) {
        sem_wait(&room);
        waits[i].room = &room;
        snprintf(request->imei, sizeof request->imei, "%014" PRIu64, imei + i);
        send_request(request, &waits[i], on_answer);
    }
    for (uint32_t i = 0; i < request->window; i++)
        sem_wait(&room);
    write_many(waits, request->count, since_us(&begun));
    sem_destroy(&room);
    free(waits);
}

static void ask_one(const struct request *request)
{
    struct wait wait;
    sem_t room;
    sem_init(&room, 0, 0);
    wait.room = &room;
    send_request(request, &wait, on_one_answer);
    sem_wait(&room);
    if (wait.result == 0)
        fprintf(out, "no-answer\n");
    sem_destroy(&room);
}

/* ---- the script ---- */

static void read_word(struct request *request, const char *key, const char *value)
{
    char *const texts[] = {request->imei, request->sv, request->user, request->realm,
                           request->host};
    static const char *const names[] = {"imei", "sv", "user", "realm", "host"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (strcmp(key, names[i]) == 0)
            snprintf(texts[i], WORD_SIZE, "%s", value);
    }
    uint32_t number = (uint32_t)strtoul(value, NULL, 10);
    bool is_no = strcmp(value, "no") == 0;
    request->has_imei |= strcmp(key, "imei") == 0;
    request->has_terminal &= !(strcmp(key, "terminal") == 0 && is_no);
    request->has_state &= !(strcmp(key, "state") == 0 && is_no);
    if (strcmp(key, "application") == 0)
        request->application = number;
    if (strcmp(key, "command") == 0)
        request->command = number;
    if (strcmp(key, "count") == 0)
        request->count = number;
    if (strcmp(key, "window") == 0)
        request->window = number;
}

static bool is_up(void)
{
    bool is_open = false;
    pthread_rwlock_rdlock(&fd_g_peers_rw);
    for (struct fd_list *at = fd_g_peers.next; at != &fd_g_peers; at = at->next)
        is_open |= fd_peer_get_state(at->o) == STATE_OPEN;
    pthread_rwlock_unlock(&fd_g_peers_rw);
    return is_open;
}

static bool wait_until(bool wants_up, uint32_t within_s)
{
    static const struct timespec pause = {.tv_nsec = 10000000};
    struct timespec begun;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    while (is_up() != wants_up) {
        if (since_us(&begun) > within_s * 1000000u)
            return false;
        nanosleep(&pause, NULL);
    }
    return true;
}

static void ask(char *line)
{
    struct request request = {.has_terminal = true,
                              .has_state = true,
                              .application = S13,
                              .command = COMMAND,
                              .window = 1};
    char *rest = NULL;
    snprintf(request.realm, sizeof request.realm, "%s", fd_g_config->cnf_diamrlm);
    for (char *word = strtok_r(line, " \n", &rest); word != NULL;
         word = strtok_r(NULL, " \n", &rest)) {
        char *value = strchr(word, '=');
        if (value == NULL)
            abort();
        *value++ = '\0';
        if (strcmp(word, "wait") == 0) {
            bool is_there = wait_until(strcmp(value, "up") == 0, TIMEOUT_S);
            fprintf(out, "%s%s\n", is_there ? "" : "not ", value);
            fflush(out);
            return;
        }
        read_word(&request, word, value);
    }
    if (request.count > 0)
        ask_many(&request);
    else
        ask_one(&request);
    fflush(out);
}

/* A peer that refuses the first connection is not asked again. */
static bool wait_until_begun(void)
{
    for (int i = 0; i < UP_WITHIN_S && !atomic_load(&was_refused); i++) {
        if (wait_until(true, 1))
            return true;
    }
    return false;
}

static void *run(void *context)
{
    char line[4 * WORD_SIZE];
    FILE *script = fopen(script_path, "r");
    (void)context;
    fd_core_waitstartcomplete();
    if (script == NULL)
        abort();
    if (wait_until_begun()) {
        fprintf(out, "up\n");
        fflush(out);
        while (fgets(line, sizeof line, script) != NULL)
            ask(line);
    } else {
        fprintf(out, "not-up %s\n", refusal);
    }
    fclose(script);
    fclose(out);
    fd_core_shutdown();
    return NULL;
}

/* ---- the extension ---- */

static void on_failure(enum fd_hook_type type, struct msg *message, struct peer_hdr *peer,
                       void *other, struct fd_hook_permsgdata *data, void *registered)
{
    (void)type, (void)peer, (void)data, (void)registered;
    uint32_t result = message == NULL ? 0 : result_of(message);
    snprintf(refusal, sizeof refusal, "result=%u %s", result,
             other == NULL ? "" : (const char *)other);
    atomic_store(&was_refused, true);
}

/* To the peer there is, whatever it has said that it does. */
static int on_route(void *data, struct msg **message, struct fd_list *candidates)
{
    enum { ENOUGH = 1000 };
    (void)data, (void)message;
    for (struct fd_list *at = candidates->next; at != candidates; at = at->next)
        ((struct rtd_candidate *)at)->score += ENOUGH;
    return 0;
}

static int extension_begin(char *script)
{
    static struct fd_hook_hdl *failures;
    struct dictionary *dictionary = fd_g_config->cnf_dict;
    struct dict_application_data application_data = {S13, (char *)(uintptr_t) "3GPP S13"};
    uint8_t flags = CMD_FLAG_REQUEST | CMD_FLAG_PROXIABLE;
    struct dict_cmd_data request = {COMMAND, (char *)(uintptr_t) "ME-Identity-Check-Request", flags,
                                    flags};
    struct dict_cmd_data answer = {COMMAND, (char *)(uintptr_t) "ME-Identity-Check-Answer", flags,
                                   CMD_FLAG_PROXIABLE};
    struct dict_object *vendor;
    struct dict_object *application;
    vendor_id_t vendor_id = VENDOR_3GPP;
    pthread_t thread;
    char path[4 * WORD_SIZE];
    script_path = script;
    snprintf(path, sizeof path, "%s.out", script);
    out = fopen(path, "w");
    if (out == NULL ||
        fd_dict_search(dictionary, DICT_VENDOR, VENDOR_BY_ID, &vendor_id, &vendor, ENOENT) != 0 ||
        fd_dict_new(dictionary, DICT_APPLICATION, &application_data, vendor, &application) != 0 ||
        fd_dict_new(dictionary, DICT_COMMAND, &request, application, &request_model) != 0 ||
        fd_dict_new(dictionary, DICT_COMMAND, &answer, application, NULL) != 0 ||
        fd_disp_app_support(application, vendor, 1, 0) != 0 ||
        fd_rt_out_register(on_route, NULL, 1, NULL) != 0 ||
        fd_hook_register(HOOK_MASK(HOOK_PEER_CONNECT_FAILED), on_failure, NULL, NULL, &failures) !=
            0)
        return EINVAL;
    return pthread_create(&thread, NULL, run, NULL);
}

EXTENSION_ENTRY("mme", extension_begin, "dict_dcca_3gpp");
