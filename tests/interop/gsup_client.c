/*
 * An MSC's side of GSUP, with the library that OsmoMSC itself uses: what it makes of our answers.
 *
 * Usage: gsup-client ADDRESS PORT   Reads questions, a line each, and prints an answer for each:
 *   check IMSI IMEI    IMEI ack | IMEI nack | IMEI error CAUSE
 *   location IMSI      a request that a node has no answer to: error CAUSE
 *   ping               pong
 */
#include <osmocom/core/application.h>
#include <osmocom/core/logging.h>
#include <osmocom/core/msgb.h>
#include <osmocom/core/select.h>
#include <osmocom/core/talloc.h>
#include <osmocom/gsm/gsm48_ie.h>
#include <osmocom/gsm/gsup.h>
#include <osmocom/gsm/ipa.h>
#include <osmocom/gsupclient/gsup_client.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* How long all may take: a node that does not answer is an error. */
#define PATIENCE_S 60

static struct osmo_gsup_message answer;
static bool is_answered;

static int on_message(struct osmo_gsup_client *client, struct msgb *message)
{
    (void)client;
    if (osmo_gsup_decode(msgb_l2(message), msgb_l2len(message), &answer) != 0) {
        fprintf(stderr, "gsup-client: an answer that cannot be decoded\n");
        exit(EXIT_FAILURE);
    }
    msgb_free(message);
    is_answered = true;
    return 0;
}

static void ask(struct osmo_gsup_client *client, const struct osmo_gsup_message *question)
{
    is_answered = false;
    if (osmo_gsup_client_enc_send(client, question) != 0) {
        fprintf(stderr, "gsup-client: cannot send\n");
        exit(EXIT_FAILURE);
    }
    while (!is_answered)
        osmo_select_main(0);
    if (strcmp(answer.imsi, question->imsi) != 0) {
        fprintf(stderr, "gsup-client: an answer with the IMSI %s\n", answer.imsi);
        exit(EXIT_FAILURE);
    }
}

static void print_answer(enum osmo_gsup_message_type asked)
{
    if (answer.message_type == OSMO_GSUP_TO_MSGT_ERROR(asked))
        printf("error %d\n", answer.cause);
    else if (answer.message_type != OSMO_GSUP_MSGT_CHECK_IMEI_RESULT)
        printf("message %d\n", answer.message_type);
    else
        printf("%s\n", answer.imei_result == OSMO_GSUP_IMEI_RESULT_ACK    ? "ack"
                       : answer.imei_result == OSMO_GSUP_IMEI_RESULT_NACK ? "nack"
                                                                          : "no result");
}

/* As OsmoMSC's vlr_subscr_tx_req_check_imei(). */
static void check(struct osmo_gsup_client *client, const char *imsi, const char *imei)
{
    struct osmo_gsup_message question = {
        .message_type = OSMO_GSUP_MSGT_CHECK_IMEI_REQUEST,
        .message_class = OSMO_GSUP_MESSAGE_CLASS_SUBSCRIBER_MANAGEMENT,
    };
    uint8_t encoded[16] = {0};
    int size = gsm48_encode_bcd_number(encoded, sizeof encoded, 0, imei);
    if (size < 1 || strlen(imsi) >= sizeof question.imsi) {
        fprintf(stderr, "gsup-client: cannot encode\n");
        exit(EXIT_FAILURE);
    }
    question.imei_enc = encoded;
    question.imei_enc_len = (size_t)size;
    memcpy(question.imsi, imsi, strlen(imsi));
    ask(client, &question);
    printf("%s ", imei);
    print_answer(question.message_type);
}

static void location(struct osmo_gsup_client *client, const char *imsi)
{
    struct osmo_gsup_message question = {.message_type = OSMO_GSUP_MSGT_UPDATE_LOCATION_REQUEST,
                                         .cn_domain = OSMO_GSUP_CN_DOMAIN_CS};
    snprintf(question.imsi, sizeof question.imsi, "%s", imsi);
    ask(client, &question);
    print_answer(question.message_type);
}

static void work(struct osmo_gsup_client *client, char *line)
{
    char *rest;
    const char *word = strtok_r(line, " \n", &rest);
    const char *imsi = strtok_r(NULL, " \n", &rest);
    const char *imei = strtok_r(NULL, " \n", &rest);
    if (word != NULL && strcmp(word, "check") == 0 && imei != NULL) {
        check(client, imsi, imei);
    } else if (word != NULL && strcmp(word, "location") == 0 && imsi != NULL) {
        location(client, imsi);
    } else if (word != NULL && strcmp(word, "ping") == 0) {
        while (!client->got_ipa_pong) /* it pings when it has connected */
            osmo_select_main(0);
        printf("pong\n");
    } else {
        fprintf(stderr, "gsup-client: not a question\n");
        exit(EXIT_FAILURE);
    }
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static const struct log_info log_info = {.num_cat = 0};
    char line[256];
    void *context = talloc_named_const(NULL, 0, "gsup-client");
    if (argc != 3) {
        fprintf(stderr, "usage: gsup-client ADDRESS PORT\n");
        return EXIT_FAILURE;
    }
    alarm(PATIENCE_S);
    osmo_init_logging2(context, &log_info);
    struct osmo_gsup_client *client = osmo_gsup_client_create(
        context, "MSC-test", argv[1], (unsigned)strtoul(argv[2], NULL, 10), on_message, NULL);
    if (client == NULL)
        return EXIT_FAILURE;
    while (!client->is_connected)
        osmo_select_main(0);
    while (fgets(line, sizeof line, stdin) != NULL)
        work(client, line);
    osmo_gsup_client_destroy(client);
    talloc_free(context);
    return EXIT_SUCCESS;
}
