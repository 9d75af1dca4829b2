#include "eir/openmetrics.h"

#include "proto/invariant.h"

#include <stdio.h>
#include <string.h>

static void put(struct writer *writer, const char *text)
{
    writer_bytes(writer, text, strlen(text));
}

/* OpenMetrics 1.0, escaped-string: the same in HELP and in a label. */
static void put_escaped(struct writer *writer, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\n')
            put(writer, "\\n");
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
    put(writer, what);
    put(writer, metric->name);
    put(writer, " ");
    put_escaped(writer, text);
    put(writer, "\n");
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
        put(writer, count == 0 ? "{" : ",");
        put(writer, labels[count].name);
        put(writer, "=\"");
        put_escaped(writer, labels[count].value);
        put(writer, "\"");
    }
    if (count > 0)
        put(writer, "}");
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
    put(writer, text);
}

void openmetrics_sample(struct writer *writer, const struct metric *metric, const char *suffix,
                        const struct metric_label *labels, uint64_t value, unsigned decimals)
{
    put(writer, metric->name);
    put(writer, suffix);
    if (labels != NULL)
        put_labels(writer, labels);
    put_value(writer, value, decimals);
}

void openmetrics_end(struct writer *writer)
{
    put(writer, "# EOF\n");
}
