/* IMEIs: what a person may write a network may send, and what parses is formatted to the same
 * digits. */
#include "proto/imei.h"
#include "proto/invariant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_formats(const struct imei_parsed *parsed, const char *text)
{
    char digits14[IMEI_DIGITS + 1];
    char digits15[IMEI_TEXT_SIZE + 1];
    char tac[TAC_DIGITS + 1];
    uint32_t tac_again;
    struct imei_parsed again;
    imei_format14(parsed->imei, digits14);
    imei_format(parsed->imei, digits15);
    tac_format(imei_tac(parsed->imei), tac);
    invariant(memcmp(digits14, text, IMEI_DIGITS) == 0);
    invariant(memcmp(digits15, text, IMEI_DIGITS) == 0);
    invariant(memcmp(tac, text, TAC_DIGITS) == 0);
    invariant(digits15[IMEI_DIGITS] - '0' == parsed->check_right);
    invariant(imei_parse(digits15, IMEI_TEXT_SIZE, IMEI_FROM_PERSON, &again) == ERR_OK);
    invariant(again.imei.value == parsed->imei.value);
    invariant(tac_parse(tac, TAC_DIGITS, &tac_again) == ERR_OK);
    invariant(tac_again == imei_tac(parsed->imei));
}

static bool is_digits(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (strchr("0123456789", text[i]) == NULL || text[i] == '\0')
            return false;
    }
    return true;
}

static void check_verdict(enum err err, const struct imei_parsed *parsed, const char *text,
                          size_t size)
{
    switch (size) {
    case 14: invariant(err == ERR_OK); break;
    case 15:
        invariant(parsed->check_given == text[14] - '0');
        invariant((err == ERR_OK) == (parsed->check_given == parsed->check_right));
        break;
    case 16:
        invariant(parsed->svn == (text[14] - '0') * 10 + text[15] - '0');
        invariant((err == ERR_OK) == (parsed->svn != IMEI_SVN_RESERVED));
        break;
    default: invariant(err == ERR_IMEI_LENGTH);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct imei_parsed person;
    struct imei_parsed network;
    enum err of_person = imei_parse(text, size, IMEI_FROM_PERSON, &person);
    enum err of_network = imei_parse(text, size, IMEI_FROM_NETWORK, &network);
    invariant(of_person == of_network || (of_person == ERR_IMEI_CHECK && of_network == ERR_OK));
    invariant(person.imei.value == network.imei.value && person.svn == network.svn);
    if (size < 14 || size > 16) {
        invariant(of_person == ERR_IMEI_LENGTH);
        return 0;
    }
    invariant((of_person == ERR_IMEI_DIGIT) == !is_digits(text, size));
    if (of_person == ERR_IMEI_DIGIT)
        return 0;
    check_verdict(of_person, &person, text, size);
    check_formats(&person, text);
    return 0;
}
