/*
 * A data directory with many claims, made directly: for measurements of nodes that no import by the
 * tool would bring so far in sensible time. Every statement is signed and every block in its chain,
 * as the node's start verifies them; nothing but their way here is another one.
 *
 * Usage: bench-data GENESIS ALLOCATOR-KEY CLAIMANT-KEY CLAIMS QUESTIONS FILE DATA ID [DATA ID]…
 *
 * Of CLAIMS blocks, with their TACs allocated by the first key's organisation, DATA of node ID gets
 * the log, and the first one the state; the others get a copy of it from who calls. FILE gets
 * QUESTIONS IMEIs of 14 digits, every other one without a claim.
 */
#include "bench/claims.h"
#include "consensus/disk.h"
#include "proto/keyfile.h"
#include "store/directory.h"

#include <limits.h>

enum { LOGS_MAX = 16 };

static struct disk *logs[LOGS_MAX];
static size_t log_count;

static const char *path_of(const char *directory, const char *name)
{
    static char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

static struct bytes file_of(const char *path, size_t size_max)
{
    uint8_t *data;
    size_t size;
    check(file_read(path, size_max, &data, &size), path);
    return bytes_of(data, size);
}

/* ---- the network that there is ---- */

static void take_member(size_t member, const char *path)
{
    struct public_key key;
    check(keyfile_parse(file_of(path, KEYFILE_SIZE_MAX), NULL, NULL, &secrets[member]), path);
    check(public_key_of(&secrets[member], &key), path);
    for (size_t i = 0; i < genesis->organisation_count; i++) {
        const struct genesis_organisation *organisation = &genesis->organisations[i];
        if (memcmp(&organisation->keys[0], &key, sizeof key) == 0) {
            countries[member] = organisation->country;
            return;
        }
    }
    check(ERR_UNKNOWN_KEY, path);
}

static void take_network(char **arguments)
{
    genesis = calloc(1, sizeof *genesis);
    buffer = malloc(BLOCK_SIZE_MAX);
    if (genesis == NULL || buffer == NULL)
        check(ERR_MEMORY, "start");
    check(genesis_parse(file_of(arguments[0], GENESIS_SIZE_MAX), genesis), arguments[0]);
    time_ms = genesis->time_ms + 1;
    take_member(0, arguments[1]);
    take_member(1, arguments[2]);
}

/* ---- logs ---- */

static void open_log(const char *directory, const char *node)
{
    struct disk_options options = {.network = genesis->network,
                                   .node = (uint32_t)strtoul(node, NULL, 10)};
    check(directory_make(directory), directory);
    options.directory = path_of(directory, "log");
    options.incarnation.bytes[0] = (uint8_t)options.node;
    check(disk_open(&options, &logs[log_count]), directory);
    struct disk_write term = {.save = true, .term = 1};
    check(disk_write(logs[log_count], &term, 1), directory);
    log_count++;
}

static void put_block(const struct block *block)
{
    struct disk_write write = {
        .commit = block->header.height, .blocks = &block->encoded, .block_count = 1};
    for (size_t i = 0; i < log_count; i++)
        check(disk_write(logs[i], &write, 1), "log");
}

/* ---- questions ---- */

static void write_questions(const char *path, uint64_t count, uint64_t claims)
{
    FILE *file = fopen(path, "we");
    if (file == NULL)
        check(ERR_IO, path);
    for (uint64_t i = 0; i < count; i++) {
        char digits[IMEI_DIGITS + 1];
        struct imei imei = claim_imei(chance() % claims);
        imei_format14(i % 2 == 0 ? imei : beside(imei), digits);
        fprintf(file, "%s\n", digits);
    }
    if (fclose(file) != 0)
        check(ERR_IO, path);
}

int main(int argc, char **argv)
{
    if (argc < 9 || argc % 2 == 0 || argc > 7 + 2 * LOGS_MAX) {
        fputs("usage: bench-data GENESIS ALLOCATOR-KEY CLAIMANT-KEY CLAIMS QUESTIONS FILE "
              "DATA ID [DATA ID]...\n",
              stderr);
        return EXIT_FAILURE;
    }
    uint64_t claims = strtoull(argv[4], NULL, 10) / BATCH * BATCH;
    if (claims == 0)
        check(ERR_OUT_OF_RANGE, "claims, a multiple of 50000");
    take_network(argv + 1);
    for (int i = 7; i < argc; i += 2)
        open_log(argv[i], argv[i + 1]);
    sealed = put_block;
    char state[PATH_MAX];
    snprintf(state, sizeof state, "%s", path_of(argv[7], "state"));
    struct ledger *ledger = fill_ledger(state, claims);
    printf("%llu claims, %llu blocks\n", (unsigned long long)claims, (unsigned long long)height);
    ledger_close(ledger);
    for (size_t i = 0; i < log_count; i++)
        disk_close(logs[i]);
    write_questions(argv[6], strtoull(argv[5], NULL, 10), claims);
    free(genesis);
    free(buffer);
    return EXIT_SUCCESS;
}
