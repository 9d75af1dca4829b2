#include "front/s13_question.h"

static bool refuse(struct s13_fault *fault, enum s13_part part, enum s13_code code)
{
    *fault = (struct s13_fault){.part = part, .code = code};
    return false;
}

static bool read_imei(struct bytes text, struct question *out)
{
    struct imei_parsed parsed;
    enum err err = imei_parse((const char *)text.data, text.size, IMEI_FROM_NETWORK, &parsed);
    if (err != ERR_OK && err != ERR_IMEI_SVN)
        return false;
    out->imei = parsed.imei;
    out->svn = err == ERR_OK ? parsed.svn : IMEI_SVN_NONE;
    return true;
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

/* TS 29.272 7.3.5: the two digits of the IMEISV's SVN. */
static bool read_software_version(struct bytes text, struct question *out)
{
    if (text.size != 2 || !is_digit(text.data[0]) || !is_digit(text.data[1]))
        return false;
    int svn = (text.data[0] - '0') * 10 + text.data[1] - '0';
    out->svn = svn == IMEI_SVN_RESERVED ? IMEI_SVN_NONE : svn;
    return true;
}

bool s13_question(const struct s13_values *values, struct question *out, struct s13_fault *fault)
{
    *fault = (struct s13_fault){.part = S13_PART_NONE};
    *out = (struct question){.svn = IMEI_SVN_NONE};
    if (!values->has_terminal)
        return refuse(fault, S13_PART_TERMINAL, S13_MISSING_AVP);
    if (!values->imei.is_given)
        return refuse(fault, S13_PART_IMEI, S13_MISSING_AVP);
    if (!read_imei(values->imei.bytes, out))
        return refuse(fault, S13_PART_IMEI, S13_INVALID_AVP_VALUE);
    if (values->software_version.is_given &&
        !read_software_version(values->software_version.bytes, out))
        return refuse(fault, S13_PART_SOFTWARE_VERSION, S13_INVALID_AVP_VALUE);
    const struct s13_value *name = &values->user_name;
    if (name->is_given &&
        imsi_parse((const char *)name->bytes.data, name->bytes.size, &out->imsi) != ERR_OK)
        return refuse(fault, S13_PART_USER_NAME, S13_INVALID_AVP_VALUE);
    return true;
}
