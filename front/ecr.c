#include "front/ecr.h"

#include <freeDiameter/freeDiameter-host.h>
#include <freeDiameter/libfdcore.h>
#include <stdlib.h>

/* TS 29.272: 7.1.8 application, 7.2.19 command, 7.4.3 experimental result. */
enum { S13_APPLICATION = 16777252, VENDOR_3GPP = 10415, COMMAND = 324, UNKNOWN_EQUIPMENT = 5422 };

enum { SUCCESS = 2001, NO_STATE_MAINTAINED = 1 };

/* The AVPs that are read or written, with their rows below. */
enum model {
    SESSION_ID,
    VENDOR_SPECIFIC_APPLICATION_ID,
    AUTH_SESSION_STATE,
    ORIGIN_HOST,
    ORIGIN_REALM,
    DESTINATION_HOST,
    DESTINATION_REALM,
    USER_NAME,
    RESULT_CODE,
    EXPERIMENTAL_RESULT,
    EXPERIMENTAL_RESULT_CODE,
    VENDOR_ID,
    FAILED_AVP,
    TERMINAL_INFORMATION,
    IMEI,
    SOFTWARE_VERSION,
    EQUIPMENT_STATUS,
    MODEL_COUNT
};

static const struct {
    vendor_id_t vendor;
    const char *name;
} names[MODEL_COUNT] = {
    [SESSION_ID] = {0, "Session-Id"},
    [VENDOR_SPECIFIC_APPLICATION_ID] = {0, "Vendor-Specific-Application-Id"},
    [AUTH_SESSION_STATE] = {0, "Auth-Session-State"},
    [ORIGIN_HOST] = {0, "Origin-Host"},
    [ORIGIN_REALM] = {0, "Origin-Realm"},
    [DESTINATION_HOST] = {0, "Destination-Host"},
    [DESTINATION_REALM] = {0, "Destination-Realm"},
    [USER_NAME] = {0, "User-Name"},
    [RESULT_CODE] = {0, "Result-Code"},
    [EXPERIMENTAL_RESULT] = {0, "Experimental-Result"},
    [EXPERIMENTAL_RESULT_CODE] = {0, "Experimental-Result-Code"},
    [VENDOR_ID] = {0, "Vendor-Id"},
    [FAILED_AVP] = {0, "Failed-AVP"},
    [TERMINAL_INFORMATION] = {VENDOR_3GPP, "Terminal-Information"},
    [IMEI] = {VENDOR_3GPP, "IMEI"},
    [SOFTWARE_VERSION] = {VENDOR_3GPP, "Software-Version"},
    [EQUIPMENT_STATUS] = {VENDOR_3GPP, "Equipment-Status"},
};

/* Found once, before freeDiameter starts; only read afterwards. */
static struct dict_object *models[MODEL_COUNT];
static void (*take_request)(struct ecr *ecr);

/* freeDiameter's interface has no const for what it does not write. */
static void *writable(const void *data)
{
    void *same;
    memcpy(&same, &data, sizeof same);
    return same;
}

/* ---- the dictionary ---- */

struct occurrence {
    enum model model;
    enum rule_position position;
    int max;
};

/* What freeDiameter itself refuses with 5005 and 5009. What belongs to the question is looked at
 * here, for a Failed-AVP that says where in the group it is. */
static const struct occurrence request_rules[] = {
    {SESSION_ID, RULE_FIXED_HEAD, 1},       {VENDOR_SPECIFIC_APPLICATION_ID, RULE_OPTIONAL, 1},
    {AUTH_SESSION_STATE, RULE_REQUIRED, 1}, {ORIGIN_HOST, RULE_REQUIRED, 1},
    {ORIGIN_REALM, RULE_REQUIRED, 1},       {DESTINATION_HOST, RULE_OPTIONAL, 1},
    {DESTINATION_REALM, RULE_REQUIRED, 1},  {TERMINAL_INFORMATION, RULE_OPTIONAL, 1},
    {USER_NAME, RULE_OPTIONAL, 1},
};

static const struct occurrence answer_rules[] = {
    {SESSION_ID, RULE_FIXED_HEAD, 1},       {VENDOR_SPECIFIC_APPLICATION_ID, RULE_OPTIONAL, 1},
    {RESULT_CODE, RULE_OPTIONAL, 1},        {EXPERIMENTAL_RESULT, RULE_OPTIONAL, 1},
    {AUTH_SESSION_STATE, RULE_REQUIRED, 1}, {ORIGIN_HOST, RULE_REQUIRED, 1},
    {ORIGIN_REALM, RULE_REQUIRED, 1},       {EQUIPMENT_STATUS, RULE_OPTIONAL, 1},
};

static const struct occurrence terminal_rules[] = {
    {IMEI, RULE_OPTIONAL, 1},
    {SOFTWARE_VERSION, RULE_OPTIONAL, 1},
};

static bool add_rules(struct dict_object *parent, const struct occurrence *rules, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct dict_rule_data data = {
            .rule_avp = models[rules[i].model],
            .rule_position = rules[i].position,
            .rule_order = rules[i].position == RULE_FIXED_HEAD ? 1 : 0,
            .rule_min = -1,
            .rule_max = rules[i].max,
        };
        if (fd_dict_new(fd_g_config->cnf_dict, DICT_RULE, &data, parent, NULL) != 0)
            return false;
    }
    return true;
}

static bool find_models(void)
{
    for (size_t i = 0; i < MODEL_COUNT; i++) {
        struct dict_avp_request request = {
            .avp_vendor = names[i].vendor,
            .avp_name = writable(names[i].name),
        };
        if (fd_dict_search(fd_g_config->cnf_dict, DICT_AVP, AVP_BY_NAME_AND_VENDOR, &request,
                           &models[i], ENOENT) != 0)
            return false;
    }
    return true;
}

static bool add_command(struct dict_object *application, const char *name, uint8_t flags,
                        struct dict_object **out)
{
    struct dict_cmd_data data = {
        .cmd_code = COMMAND,
        .cmd_name = writable(name),
        .cmd_flag_mask = CMD_FLAG_REQUEST | CMD_FLAG_PROXIABLE,
        .cmd_flag_val = flags,
    };
    return fd_dict_new(fd_g_config->cnf_dict, DICT_COMMAND, &data, application, out) == 0;
}

/* A thread of freeDiameter's: it can be cancelled where it waits, but not while it hands over. */
static int on_request(struct msg **message, struct avp *avp, struct session *session, void *opaque,
                      enum disp_action *action)
{
    (void)avp, (void)session, (void)opaque;
    int before;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    struct msg *request = *message;
    *message = NULL; /* before another thread answers and frees it */
    *action = DISP_ACT_CONT;
    take_request((struct ecr *)request);
    pthread_setcancelstate(before, NULL);
    return 0;
}

enum err ecr_register(void (*take)(struct ecr *ecr))
{
    struct dictionary *dictionary = fd_g_config->cnf_dict;
    vendor_id_t vendor_id = VENDOR_3GPP;
    struct dict_application_data data = {S13_APPLICATION, writable("3GPP S13")};
    struct dict_object *vendor;
    struct dict_object *request;
    struct dict_object *answer;
    struct disp_when when = {0};
    take_request = take;
    if (!find_models() ||
        fd_dict_search(dictionary, DICT_VENDOR, VENDOR_BY_ID, &vendor_id, &vendor, ENOENT) != 0 ||
        fd_dict_new(dictionary, DICT_APPLICATION, &data, vendor, &when.app) != 0 ||
        !add_command(when.app, "ME-Identity-Check-Request", CMD_FLAG_REQUEST | CMD_FLAG_PROXIABLE,
                     &request) ||
        !add_command(when.app, "ME-Identity-Check-Answer", CMD_FLAG_PROXIABLE, &answer))
        return ERR_INTERNAL;
    if (!add_rules(request, request_rules, sizeof request_rules / sizeof request_rules[0]) ||
        !add_rules(answer, answer_rules, sizeof answer_rules / sizeof answer_rules[0]) ||
        !add_rules(models[TERMINAL_INFORMATION], terminal_rules,
                   sizeof terminal_rules / sizeof terminal_rules[0]))
        return ERR_INTERNAL;
    when.command = request;
    if (fd_disp_register(on_request, DISP_HOW_CC, &when, NULL, NULL) != 0 ||
        fd_disp_app_support(when.app, vendor, 1, 0) != 0)
        return ERR_INTERNAL;
    return ERR_OK;
}

/* ---- the request ---- */

static bool is_model(struct avp *avp, enum model model)
{
    struct dict_object *found = NULL;
    return fd_msg_model(avp, &found) == 0 && found == models[model];
}

static struct s13_value value_of(struct avp *avp)
{
    struct avp_hdr *header;
    if (fd_msg_avp_hdr(avp, &header) != 0 || header->avp_value == NULL)
        return (struct s13_value){.is_given = false};
    return (struct s13_value){
        .is_given = true,
        .bytes = bytes_of(header->avp_value->os.data, header->avp_value->os.len),
    };
}

static struct avp *first_child(void *parent)
{
    struct avp *avp = NULL;
    return fd_msg_browse(parent, MSG_BRW_FIRST_CHILD, &avp, NULL) == 0 ? avp : NULL;
}

static struct avp *next(struct avp *avp)
{
    struct avp *found = NULL;
    return fd_msg_browse(avp, MSG_BRW_NEXT, &found, NULL) == 0 ? found : NULL;
}

static void read_terminal(struct avp *terminal, struct s13_values *out)
{
    out->has_terminal = true;
    for (struct avp *avp = first_child(terminal); avp != NULL; avp = next(avp)) {
        if (is_model(avp, IMEI))
            out->imei = value_of(avp);
        else if (is_model(avp, SOFTWARE_VERSION))
            out->software_version = value_of(avp);
    }
}

void ecr_values(struct ecr *ecr, struct s13_values *out)
{
    *out = (struct s13_values){.has_terminal = false};
    for (struct avp *avp = first_child(ecr); avp != NULL; avp = next(avp)) {
        if (is_model(avp, TERMINAL_INFORMATION))
            read_terminal(avp, out);
        else if (is_model(avp, USER_NAME))
            out->user_name = value_of(avp);
    }
}

/* ---- the answer: the first failure sticks, and nothing is sent ---- */

struct answer {
    struct msg *message;
    bool has_failed;
};

static void keep(struct answer *answer, int status)
{
    answer->has_failed |= status != 0;
}

static struct avp *add(struct answer *answer, void *parent, enum model model)
{
    struct avp *avp = NULL;
    keep(answer, answer->has_failed ? EINVAL : fd_msg_avp_new(models[model], 0, &avp));
    if (!answer->has_failed)
        keep(answer, fd_msg_avp_add(parent, MSG_BRW_LAST_CHILD, avp));
    return avp;
}

static void add_number(struct answer *answer, void *parent, enum model model, uint32_t number)
{
    union avp_value value = {.u32 = number};
    struct avp *avp = add(answer, parent, model);
    if (!answer->has_failed)
        keep(answer, fd_msg_avp_setvalue(avp, &value));
}

static void add_bytes(struct answer *answer, void *parent, enum model model, struct bytes bytes)
{
    union avp_value value = {.os = {.data = writable(bytes.data), .len = bytes.size}};
    struct avp *avp = add(answer, parent, model);
    if (!answer->has_failed)
        keep(answer, fd_msg_avp_setvalue(avp, &value)); /* which copies */
}

/* From here on the answer owns the request. */
static void begin(struct ecr *ecr, struct answer *answer)
{
    *answer = (struct answer){.message = (struct msg *)ecr};
    keep(answer, fd_msg_new_answer_from_req(fd_g_config->cnf_dict, &answer->message, 0));
    if (!answer->has_failed)
        keep(answer, fd_msg_add_origin(answer->message, 0));
    add_number(answer, answer->message, AUTH_SESSION_STATE, NO_STATE_MAINTAINED);
}

static void send_off(struct answer *answer)
{
    if (!answer->has_failed)
        keep(answer, fd_msg_send(&answer->message, NULL, NULL));
    if (answer->has_failed && answer->message != NULL)
        (void)fd_msg_free(answer->message);
}

/* TS 29.272 7.3.51 */
static uint32_t status_of(enum verdict verdict)
{
    enum { PERMITTED = 0, PROHIBITED = 1, TRACKED = 2 };
    return verdict == VERDICT_BLACK ? PROHIBITED : verdict == VERDICT_GREY ? TRACKED : PERMITTED;
}

void ecr_answer(struct ecr *ecr, enum verdict verdict)
{
    struct answer answer;
    begin(ecr, &answer);
    if (verdict == VERDICT_UNKNOWN) {
        struct avp *group = add(&answer, answer.message, EXPERIMENTAL_RESULT);
        add_number(&answer, group, VENDOR_ID, VENDOR_3GPP);
        add_number(&answer, group, EXPERIMENTAL_RESULT_CODE, UNKNOWN_EQUIPMENT);
    } else {
        add_number(&answer, answer.message, RESULT_CODE, SUCCESS);
        add_number(&answer, answer.message, EQUIPMENT_STATUS, status_of(verdict));
    }
    send_off(&answer);
}

/* RFC 6733 7.5: an AVP within a group stands in that group, and one that is missing has zeroes in
 * the smallest size that it may have. */
static void add_failed(struct answer *answer, const struct s13_values *values,
                       const struct s13_fault *fault)
{
    static const char no_imei[] = "00000000000000";
    struct bytes imei =
        fault->code == S13_MISSING_AVP ? bytes_of(no_imei, sizeof no_imei - 1) : values->imei.bytes;
    void *failed = add(answer, answer->message, FAILED_AVP);
    void *terminal =
        fault->part == S13_PART_USER_NAME ? NULL : add(answer, failed, TERMINAL_INFORMATION);
    switch (fault->part) {
    case S13_PART_NONE: break;
    case S13_PART_TERMINAL:
    case S13_PART_IMEI: add_bytes(answer, terminal, IMEI, imei); break;
    case S13_PART_SOFTWARE_VERSION:
        add_bytes(answer, terminal, SOFTWARE_VERSION, values->software_version.bytes);
        break;
    case S13_PART_USER_NAME: add_bytes(answer, failed, USER_NAME, values->user_name.bytes);
    }
}

void ecr_refuse(struct ecr *ecr, const struct s13_fault *fault)
{
    struct s13_values values;
    struct answer answer;
    ecr_values(ecr, &values); /* lives in the request, which the answer owns */
    begin(ecr, &answer);
    add_number(&answer, answer.message, RESULT_CODE, fault->code);
    add_failed(&answer, &values, fault);
    send_off(&answer);
}

/* RFC 6733 7.2: a protocol error has the E bit. */
void ecr_fail(struct ecr *ecr, enum ecr_trouble trouble)
{
    struct answer answer;
    struct msg_hdr *header;
    begin(ecr, &answer);
    add_number(&answer, answer.message, RESULT_CODE, trouble);
    if (trouble == ECR_TOO_BUSY && !answer.has_failed) {
        keep(&answer, fd_msg_hdr(answer.message, &header));
        if (!answer.has_failed)
            header->msg_flags |= CMD_FLAG_ERROR;
    }
    send_off(&answer);
}
