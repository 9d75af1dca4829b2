#include "cli/tac_list.h"

#include "cli/memory.h"
#include "json/text.h"

#include <stdlib.h>
#include <strings.h>

enum { LICENCE_SIZE_MAX = 160, TAC_DIGITS_MIN = 6, SOURCES_MAX = 3 };

/* The columns that a text comes from: the first one that is not empty. */
struct sources {
    size_t columns[SOURCES_MAX];
    size_t count;
};

struct tac_list {
    struct csv *csv;
    struct csv_row row;
    size_t tac_column;
    struct sources brand;
    struct sources model;
    bool has_lost_zeroes;
    char licence[LICENCE_SIZE_MAX + 1];
};

static bool begins(struct bytes line, const char *word)
{
    return line.size >= strlen(word) &&
           strncasecmp((const char *)line.data, word, strlen(word)) == 0;
}

/* Adds the first column of that name that comes after `after` columns. */
static void add_source(struct sources *sources, const struct csv_row *header, const char *name,
                       size_t after)
{
    for (size_t i = after; i < header->field_count; i++) {
        if (!text_is_word(header->fields[i], name))
            continue;
        sources->columns[sources->count++] = i;
        return;
    }
}

static void map_osmocom(struct tac_list *list)
{
    add_source(&list->brand, &list->row, "name", 0);
    if (list->brand.count > 0)
        add_source(&list->model, &list->row, "name", list->brand.columns[0] + 1);
    list->has_lost_zeroes = true;
}

static void map_gsma(struct tac_list *list)
{
    add_source(&list->brand, &list->row, "Brand Name", 0);
    add_source(&list->brand, &list->row, "Manufacturer", 0);
    add_source(&list->model, &list->row, "Marketing Name", 0);
    add_source(&list->model, &list->row, "Model Name", 0);
    add_source(&list->model, &list->row, "Internal Model Name", 0);
}

static enum err read_header(struct tac_list *list, struct complaint *complaint)
{
    struct bytes line = csv_peek(list->csv);
    bool is_gsma = begins(line, "TAC|");
    if (begins(line, "Osmocom TAC database")) {
        text_clean((const char *)line.data, line.size, list->licence, LICENCE_SIZE_MAX);
        (void)csv_next(list->csv, &list->row);
    }
    csv_dialect(list->csv, is_gsma ? '|' : ',', !is_gsma);
    if (!csv_next(list->csv, &list->row))
        return csv_err(list->csv) != ERR_OK ? csv_err(list->csv)
                                            : complain(complaint, 0, "there is no row in it");
    list->tac_column = 0;
    if (list->row.field_count > 0 && text_is_word(list->row.fields[0], "tac")) {
        if (is_gsma)
            map_gsma(list);
        else
            map_osmocom(list);
    }
    if (list->brand.count > 0 && list->model.count > 0)
        return ERR_OK;
    return complain(complaint, (unsigned)list->row.line,
                    "neither tac,name,name,… nor TAC|Marketing Name|…");
}

enum err tac_list_open(csv_fill *fill, void *context, struct tac_list **out,
                       struct complaint *complaint)
{
    struct tac_list *list = memory_new(sizeof *list);
    list->csv = csv_open(fill, context);
    enum err err = read_header(list, complaint);
    if (err != ERR_OK) {
        tac_list_close(list);
        list = NULL;
    }
    *out = list;
    return err;
}

void tac_list_close(struct tac_list *list)
{
    if (list == NULL)
        return;
    csv_close(list->csv);
    free(list);
}

const char *tac_list_licence(const struct tac_list *list)
{
    return list->licence;
}

enum err tac_list_err(const struct tac_list *list)
{
    return csv_err(list->csv);
}

/* Eight digits, or fewer when zeroes before them were lost. */
static const char *read_tac(const struct tac_list *list, struct bytes cell, uint32_t *tac)
{
    char digits[] = "00000000";
    size_t size_min = list->has_lost_zeroes ? TAC_DIGITS_MIN : TAC_DIGITS;
    if (cell.size < size_min || cell.size > TAC_DIGITS)
        return "a TAC has eight digits";
    memcpy(digits + TAC_DIGITS - cell.size, cell.data, cell.size);
    return tac_parse(digits, TAC_DIGITS, tac) == ERR_OK ? NULL : "a TAC has digits only";
}

static const char *read_text(const struct csv_row *row, const struct sources *sources,
                             char out[TAC_TEXT_SIZE_MAX + 1])
{
    out[0] = '\0';
    for (size_t i = 0; i < sources->count && out[0] == '\0'; i++) {
        if (sources->columns[i] >= row->field_count)
            continue;
        struct bytes cell = row->fields[sources->columns[i]];
        if (!text_is_utf8((const char *)cell.data, cell.size))
            return "a name that is not UTF-8";
        text_clean((const char *)cell.data, cell.size, out, TAC_TEXT_SIZE_MAX);
    }
    return NULL;
}

static const char *read_row(struct tac_list *list, struct tac_list_row *out)
{
    const struct csv_row *row = &list->row;
    if (row->problem != NULL)
        return row->problem;
    out->raw = text_trim(row->fields[list->tac_column]);
    const char *problem = read_tac(list, out->raw, &out->item.tac);
    if (problem == NULL)
        problem = read_text(row, &list->brand, out->item.brand);
    if (problem == NULL)
        problem = read_text(row, &list->model, out->item.model);
    if (problem == NULL && out->item.brand[0] == '\0' && out->item.model[0] == '\0')
        return "neither brand nor model";
    return problem;
}

bool tac_list_next(struct tac_list *list, struct tac_list_row *out)
{
    do {
        if (!csv_next(list->csv, &list->row))
            return false;
    } while (list->row.problem == NULL && list->row.field_count == 1 &&
             list->row.fields[0].size == 0);
    out->line = list->row.line;
    out->raw = list->row.raw;
    out->problem = read_row(list, out);
    return true;
}
