#include "eir/openmetrics.h"

#include "proto/invariant.h"

#include <stdio.h>
#include <string.h>

/* OpenMetrics 1.0, escaped-string: the same in HELP and in a label. */
static void put_escaped(struct writer *writer, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\n')
            writer_text(writer, "\\n");
        else if (*text == '"' || *text == '\\')
            writer_bytes(writer, (const char[]){'\\', *text}, 2);
        else
            writer_u8(writer, (uint8_t)*text);
    }
}

static void put_comment(struct writer *writer, const char *what, const struct metric *metric,
                        const char *text)
{
    if (text[0] == '\0')
        return;
    writer_text(writer, what);
    writer_text(writer, metric->name);
    writer_text(writer, " ");
    put_escaped(writer, text);
    writer_text(writer, "\n");
}

void openmetrics_family(struct writer *writer, const struct metric *metric)
{
    put_comment(writer, "# TYPE ", metric, metric->type);
    put_comment(writer, "# UNIT ", metric, metric->unit);
    put_comment(writer, "# HELP ", metric, metric->help);
}

static void put_labels(struct writer *writer, const struct metric_label *labels)
{
    size_t count = 0;
    for (; labels[count].name != NULL; count++) {
        invariant(count < METRIC_LABELS_MAX);
        writer_text(writer, count == 0 ? "{" : ",");
        writer_text(writer, labels[count].name);
        writer_text(writer, "=\"");
        put_escaped(writer, labels[count].value);
        writer_text(writer, "\"");
    }
    if (count > 0)
        writer_text(writer, "}");
}

static void put_value(struct writer *writer, uint64_t value, unsigned decimals)
{
    char text[48];
    uint64_t one = 1;
    for (unsigned i = 0; i < decimals; i++)
        one *= 10;
    if (decimals == 0)
        snprintf(text, sizeof text, " %llu\n", (unsigned long long)value);
    else
        snprintf(text, sizeof text, " %llu.%0*llu\n", (unsigned long long)(value / one),
                 (int)decimals, (unsigned long long)(value % one));
    writer_text(writer, text);
}

void openmetrics_sample(struct writer *writer, const struct metric *metric, const char *suffix,
                        const struct metric_label *labels, uint64_t value, unsigned decimals)
{
    writer_text(writer, metric->name);
    writer_text(writer, suffix);
    if (labels != NULL)
        put_labels(writer, labels);
    put_value(writer, value, decimals);
}

void openmetrics_end(struct writer *writer)
{
    writer_text(writer, "# EOF\n");
}
