#include "node/node.h"

#include "eir/policy.h"
#include "front/diameter_process.h"
#include "node/config_check.h"
#include "node/notes.h"
#include "store/directory.h"

#include <getopt.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>

static const char usage[] =
    "usage: imeid --config FILE [--check-config]\n"
    "       imeid --print-config | --print-policy | --version | --help\n"
    "\n"
    "Runs a node of the IMEI ledger beside an EIR.\n"
    "\n"
    "  -c, --config FILE     the configuration, YAML\n"
    "  -n, --check-config    check it and the files it names, and end\n"
    "      --print-config    print every key with its meaning and default\n"
    "      --print-policy    the same of the operator's policy, a file of its own\n"
    "      --version\n"
    "\n"
    "On SIGHUP it reads the policy again.\n"
    "\n"
    "Ends with 0 when it was stopped by SIGTERM or SIGINT, 2 for a wrong configuration, 3 when "
    "the\n"
    "data directory cannot be used, 4 when an address cannot, 5 when it could not go on, 6 when "
    "it\n"
    "is a member of the network no longer.\n";

enum { OPTION_PRINT = 256, OPTION_PRINT_POLICY, OPTION_VERSION };

static const struct option options[] = {
    {"config", required_argument, NULL, 'c'},
    {"check-config", no_argument, NULL, 'n'},
    {"print-config", no_argument, NULL, OPTION_PRINT},
    {"print-policy", no_argument, NULL, OPTION_PRINT_POLICY},
    {"version", no_argument, NULL, OPTION_VERSION},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static enum err load_config(const char *path, struct config *config)
{
    uint8_t *text = NULL;
    size_t size;
    char copy[PATH_MAX];
    struct complaint complaint = {.line = 0};
    enum err err = file_read(path, DOCUMENT_SIZE_MAX, &text, &size);
    if (err != ERR_OK) {
        fprintf(stderr, "imeid: %s: %s\n", path, err_sentence(err));
        return err;
    }
    snprintf(copy, sizeof copy, "%s", path);
    err = config_parse(bytes_of(text, size), dirname(copy), config, &complaint);
    if (err != ERR_OK && complaint.line > 0)
        fprintf(stderr, "imeid: %s:%u: %s\n", path, complaint.line, complaint.text);
    else if (err != ERR_OK)
        fprintf(stderr, "imeid: %s: %s\n", path, complaint.text);
    free(text);
    return err;
}

/* The log's level is the node's. */
static void prepare_diameter(const struct diameter_order *order)
{
    log_set_level((enum log_level)order->log_level);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], DIAMETER_PROCESS_ARGUMENT) == 0)
        return diameter_process(notes_for_log, prepare_diameter);
    static struct config config;
    const char *path = NULL;
    bool is_check = false;
    int option;
    while ((option = getopt_long(argc, argv, "c:nh", options, NULL)) != -1) {
        switch (option) {
        case 'c': path = optarg; break;
        case 'n': is_check = true; break;
        case OPTION_PRINT: config_print(stdout); return 0;
        case OPTION_PRINT_POLICY: policy_print(stdout); return 0;
        case OPTION_VERSION: puts("imeid " IMEID_VERSION); return 0;
        case 'h': fputs(usage, stdout); return 0;
        default: fputs(usage, stderr); return NODE_EXIT_CONFIG;
        }
    }
    if (path == NULL || optind != argc) {
        fputs(usage, stderr);
        return NODE_EXIT_CONFIG;
    }
    if (load_config(path, &config) != ERR_OK)
        return NODE_EXIT_CONFIG;
    log_set_level(config.log_level);
    if (is_check) {
        if (config_check(&config, path) != ERR_OK)
            return NODE_EXIT_CONFIG;
        printf("%s: sound\n", path);
        return NODE_EXIT_STOPPED;
    }
    return node_run(&config);
}
