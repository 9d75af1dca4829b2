/* The values of an ME-Identity-Check request: what is asked stands in them, and what is refused is
 * wrong. */
#include "front/s13_question.h"
#include "proto/invariant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A size of one byte, in which the top bit says that the AVP is not there, and so many bytes. */
static struct s13_value next(const uint8_t **at, const uint8_t *end)
{
    enum { ABSENT = 0x80 };
    if (*at == end || (**at & ABSENT) != 0) {
        *at += *at != end;
        return (struct s13_value){.is_given = false};
    }
    size_t size = *(*at)++;
    size = size < (size_t)(end - *at) ? size : (size_t)(end - *at);
    struct s13_value value = {.is_given = true, .bytes = bytes_of(*at, size)};
    *at += size;
    return value;
}

static void check_question(const struct s13_values *values, const struct question *question)
{
    char digits[IMEI_DIGITS + 1];
    imei_format14(question->imei, digits);
    invariant(memcmp(digits, values->imei.bytes.data, IMEI_DIGITS) == 0);
    invariant(question->svn == IMEI_SVN_NONE ||
              (question->svn >= 0 && question->svn < IMEI_SVN_RESERVED));
    invariant(imsi_is_given(&question->imsi) == values->user_name.is_given);
    if (values->user_name.is_given)
        invariant(bytes_equal(values->user_name.bytes,
                              bytes_of(question->imsi.digits, strlen(question->imsi.digits))));
}

static void check_fault(const struct s13_values *values, const struct s13_fault *fault)
{
    bool is_missing = fault->code == S13_MISSING_AVP;
    switch (fault->part) {
    case S13_PART_NONE: invariant(false); break;
    case S13_PART_TERMINAL: invariant(is_missing && !values->has_terminal); break;
    case S13_PART_IMEI: invariant(is_missing == !values->imei.is_given); break;
    case S13_PART_SOFTWARE_VERSION:
        invariant(!is_missing && values->software_version.is_given);
        break;
    case S13_PART_USER_NAME: invariant(!is_missing && values->user_name.is_given);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *at = data;
    const uint8_t *end = data + size;
    struct s13_values values = {.has_terminal = size > 0};
    struct question question;
    struct s13_fault fault;
    values.imei = next(&at, end);
    values.software_version = next(&at, end);
    values.user_name = next(&at, end);
    if (s13_question(&values, &question, &fault))
        check_question(&values, &question);
    else
        check_fault(&values, &fault);
    return 0;
}
