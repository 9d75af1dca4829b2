/*
 * openmetrics.h: figures as OpenMetrics 1.0 text, which Prometheus and its like read.
 *
 * A family is begun, then its samples are written, then the next one; openmetrics_end() ends the
 * text. Names, types and order are the caller's to keep to what OpenMetrics wants: a counter's
 * sample has the suffix "_total", an info's "_info", a family's name ends in its unit. Errors stick
 * in the writer.
 */
#ifndef EIR_OPENMETRICS_H
#define EIR_OPENMETRICS_H

#include "proto/writer.h"

#include <stdint.h>

/* What an HTTP answer says of the text. */
#define OPENMETRICS_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"

struct metric {
    const char *name;
    const char *type; /* "counter", "gauge", "histogram", "info", "stateset" */
    const char *unit; /* "seconds"; "": none */
    const char *help;
};

struct metric_label {
    const char *name;
    const char *value; /* any UTF-8 */
};

/* At most so many of one sample. */
#define METRIC_LABELS_MAX 6

void openmetrics_family(struct writer *writer, const struct metric *metric);

/* A sample of `value` × 10^-`decimals`; `labels` ends with a name that is NULL, or is NULL. */
void openmetrics_sample(struct writer *writer, const struct metric *metric, const char *suffix,
                        const struct metric_label *labels, uint64_t value, unsigned decimals);

void openmetrics_end(struct writer *writer);

#endif
