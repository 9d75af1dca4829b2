#include "cli/tac_list.h"

#include "tests/unit/cli/rendered.h"
#include "tests/unit/cli/source.h"

#include <stdio.h>

/* "licence\n2:35693803 Nokia/3310\n4:!problem (raw)\n"; "" when it is refused. */
static void render(const char *input, size_t size, size_t chunk, char text[TEXT_MAX])
{
    struct source source = source_of(input, size, chunk);
    struct tac_list *list;
    struct tac_list_row row;
    complaint = (struct complaint){0};
    text[0] = '\0';
    if (tac_list_open(source_fill, &source, &list, &complaint) != ERR_OK) {
        ck_assert_ptr_null(list);
        return;
    }
    int used = snprintf(text, TEXT_MAX, "%s\n", tac_list_licence(list));
    while (tac_list_next(list, &row)) {
        size_t room = (size_t)(TEXT_MAX - used);
        if (row.problem != NULL)
            used += snprintf(text + used, room, "%u:!%s (%.*s)\n", (unsigned)row.line, row.problem,
                             (int)row.raw.size, (const char *)row.raw.data);
        else
            used += snprintf(text + used, room, "%u:%08u %s/%s\n", (unsigned)row.line, row.item.tac,
                             row.item.brand, row.item.model);
        ck_assert_int_lt(used, TEXT_MAX);
    }
    ck_assert_int_eq(tac_list_err(list), ERR_OK);
    tac_list_close(list);
}

#define LICENCE "Osmocom TAC database under CC-BY-SA v3.0 (c) Harald Welte 2016"
#define OSMOCOM "tac,name,name,contributor,comment,gsmarena,gsmarena,aka\n"
#define GSMA    "TAC|Marketing Name|Internal Model Name|Manufacturer|Bands|Brand Name|Model Name\n"

START_TEST(reads_the_osmocom_database)
{
    reads(LICENCE "\n" OSMOCOM "35675904,Oppo,N1,Kévin Redon,,http://x,http://y,\n"
                  "49013920,Nokia,1610,,,,,\"1610+,1611,NHE-5NX\"\n",
          LICENCE "\n3:35675904 Oppo/N1\n4:49013920 Nokia/1610\n");
    reads(OSMOCOM "35675904,Oppo,\n", "\n2:35675904 Oppo/\n");
    reads(OSMOCOM "35675904,\"O\"\"p,o\",N1\r\n", "\n2:35675904 O\"p,o/N1\n");
}
END_TEST

START_TEST(puts_back_zeroes_that_osmocom_lost)
{
    reads(OSMOCOM "1130000,Apple,iPhone 4\n106600, Cisco, WRTU54G\n 35572302,Nokia,3120\n",
          "\n2:01130000 Apple/iPhone 4\n3:00106600 Cisco/WRTU54G\n4:35572302 Nokia/3120\n");
    reads(OSMOCOM "12345,a,b\n", "\n2:!a TAC has eight digits (12345)\n");
}
END_TEST

START_TEST(reads_the_gsma_database)
{
    reads(GSMA "35693803|3310|NHM-5|Nokia Corp|GSM|Nokia|3310 classic\n",
          "\n2:35693803 Nokia/3310\n");
    reads(GSMA "35693803||NHM-5|Nokia Corp|GSM||\r\n", "\n2:35693803 Nokia Corp/NHM-5\n");
    reads(GSMA "35693803||NHM-5|\"Nokia|GSM||3310\n", "\n2:35693803 \"Nokia/3310\n");
    reads("\xef\xbb\xbf" GSMA "35693803|3310|NHM-5|Nokia\n", "\n2:35693803 Nokia/3310\n");
    reads(GSMA "5693803|3310|x|Nokia\n", "\n2:!a TAC has eight digits (5693803)\n");
}
END_TEST

START_TEST(cleans_and_cuts_what_is_kept)
{
    char input[1024] = OSMOCOM "35693803,a\x01\x7f b\t c\xc2\x85,";
    char model[TAC_TEXT_SIZE_MAX + 1] = "";
    for (int i = 0; i < 40; i++) {
        strncat(input, "\xe2\x82\xac", 4); /* three bytes each */
        if (i < TAC_TEXT_SIZE_MAX / 3)
            strncat(model, "\xe2\x82\xac", 4);
    }
    char expected[1024];
    snprintf(expected, sizeof expected, "\n2:35693803 a b c/%s\n", model);
    reads(input, expected);
}
END_TEST

START_TEST(bad_rows_are_named_and_cost_themselves_alone)
{
    reads(OSMOCOM "x,a,b\n\n35693803,,\n35693803,a\xff,b\n1234567x,a,b\n123456789,a,b\n"
                  "35693804,\"a,b\n35693805,c,d\n",
          "\n2:!a TAC has eight digits (x)\n4:!neither brand nor model (35693803)\n"
          "5:!a name that is not UTF-8 (35693803)\n6:!a TAC has digits only (1234567x)\n"
          "7:!a TAC has eight digits (123456789)\n"
          "8:!a quotation mark is not closed (35693804,\"a,b)\n9:35693805 c/d\n");
}
END_TEST

START_TEST(refuses_other_files)
{
    refused("", 0, "no row in it");
    refused(LICENCE "\n", 0, "no row in it");
    refused("imei\n1\n", 1, "neither tac,name,name");
    refused("tac,name\n1,2\n", 1, "neither tac,name,name");
    refused("TAC|Bands\n", 1, "neither tac,name,name");
    refused("TAC|Manufacturer\n", 1, "neither tac,name,name");
    refused(LICENCE "\nx\n", 2, "neither tac,name,name");
}
END_TEST

START_TEST(an_error_of_the_file_is_told)
{
    struct source source = source_of(OSMOCOM, sizeof OSMOCOM - 1, 10);
    struct tac_list *list;
    source.fail = ERR_DAMAGED;
    ck_assert_int_eq(tac_list_open(source_fill, &source, &list, &complaint), ERR_DAMAGED);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &reads_the_osmocom_database,
        &puts_back_zeroes_that_osmocom_lost,
        &reads_the_gsma_database,
        &cleans_and_cuts_what_is_kept,
        &bad_rows_are_named_and_cost_themselves_alone,
        &refuses_other_files,
        &an_error_of_the_file_is_told,
    };
    return suite_run("cli/tac_list", cases, sizeof cases / sizeof *cases);
}
