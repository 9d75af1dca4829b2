#include "tests/unit/cli/fixture.h"

#include "cli/command.h"
#include "cli/remedy.h"

#include <fcntl.h>
#include <jansson.h>
#include <sys/wait.h>

START_TEST(no_command_prints_the_commands_and_is_a_mistake)
{
    ended(run_tool(NULL), EXIT_USAGE, "usage: imei COMMAND");
}
END_TEST

START_TEST(help_lists_every_command_but_hidden_ones)
{
    size_t count;
    const struct command *rows = command_rows(&count);
    static const char *const spellings[] = {"help", "--help", "-h"};
    for (size_t s = 0; s < 3; s++) {
        struct run run = run_tool(spellings[s], NULL);
        ck_assert_int_eq(run.code, EXIT_DONE);
        ck_assert_str_eq(run.err, "");
        for (size_t i = 0; i < count; i++) {
            char line[64];
            snprintf(line, sizeof line, "\n  %s ", rows[i].words);
            ck_assert_int_eq(strstr(run.out, line) != NULL, rows[i].summary != NULL);
        }
        run_end(&run);
    }
}
END_TEST

/* No line of a help is wider than a terminal. */
static void is_narrow(const char *text)
{
    while (*text != '\0') {
        size_t size = strcspn(text, "\n");
        size_t characters = 0;
        for (size_t i = 0; i < size; i++)
            characters += ((unsigned char)text[i] & 0xc0) != 0x80;
        ck_assert_msg(characters <= 90, "%.*s", (int)size, text);
        text += size + (text[size] == '\n');
    }
}

START_TEST(every_command_has_its_help)
{
    size_t count;
    const struct command *rows = command_rows(&count);
    for (size_t i = 0; i < count; i++) {
        char words[32];
        char *second = NULL;
        snprintf(words, sizeof words, "%s", rows[i].words);
        second = strchr(words, ' ');
        if (second != NULL)
            *second++ = '\0';
        struct run run = run_tool("help", words, second, NULL);
        struct run same = second != NULL ? run_tool(words, second, "--help", NULL)
                                         : run_tool(words, "--help", NULL);
        ck_assert_int_eq(run.code, EXIT_DONE);
        ck_assert_int_eq(same.code, EXIT_DONE);
        ck_assert_str_eq(run.out, same.out);
        ck_assert_ptr_nonnull(strstr(run.out, "usage: imei "));
        is_narrow(run.out);
        if ((rows[i].grammar.options & OPTION_BIT(JSON)) != 0)
            ck_assert_msg(strstr(run.out, OUTLINE_TITLE) != NULL, "no keys: %s", rows[i].words);
        for (int option = 0; option < OPTION_COUNT; option++) {
            char line[48];
            snprintf(line, sizeof line, "\n    --%s", option_rows[option].word);
            if ((rows[i].grammar.options >> option & 1) != 0)
                ck_assert_ptr_nonnull(strstr(run.out, line));
        }
        run_end(&run);
        run_end(&same);
    }
    answered(run_tool("help", "reasons", NULL), EXIT_DONE, "0011  stolen");
    answered(run_tool("help", "key", NULL), EXIT_DONE, "key revoke");
    ended(run_tool("help", "nonsense", NULL), EXIT_USAGE, "'nonsense' is no command");
}
END_TEST

START_TEST(a_wrong_command_line_says_what_to_do)
{
    ended(run_tool("nonsense", NULL), EXIT_USAGE, "imei help lists the commands");
    ended(run_tool("key", NULL), EXIT_USAGE, "'key' wants one more word");
    ended(run_tool("key", "nonsense", NULL), EXIT_USAGE, "'key' wants one more word");
    ended(run_tool("--json", "check", "1", NULL), EXIT_USAGE, "Begin with the command");
    ended(run_tool("check", "--nonsense", NULL), EXIT_USAGE, "imei help check has all of it");
    ended(run_tool("check", NULL), EXIT_USAGE, "check what?");
    ended(run_tool("history", NULL), EXIT_USAGE, "something is missing");
    ended(run_tool("history", "356938035643800", NULL), EXIT_USAGE, "wrong, it would be 9");
    ended(run_tool("status", "now", NULL), EXIT_USAGE, "'now' is too much");
    ended(run_tool("status", "--timeout", "0", NULL), EXIT_USAGE, "1 to 3600");
    ended(run_tool("status", "--node", "nonsense", NULL), EXIT_USAGE, "tcp://HOST:PORT");
    ended(run_tool("status", "--node", "tls+tcp://127.0.0.1:1", NULL), EXIT_USAGE, "needs --ca");
    ended(run_tool("completion", "fish", NULL), EXIT_USAGE, "Say bash");
}
END_TEST

START_TEST(the_version_is_that_of_the_project)
{
    answered(run_tool("version", NULL), EXIT_DONE, "imei 0.");
    answered(run_tool("--version", NULL), EXIT_DONE, "imei 0.");
    answered(run_tool("version", "--json", NULL), EXIT_DONE, "\"version\": \"0.");
}
END_TEST

START_TEST(every_error_has_a_remedy_of_its_own_kind)
{
    static const enum err all[] = {
#define X(name, number, kind, sentence) ERR_##name,
        ERR_TABLE(X)
#undef X
    };
    const char *unknown = remedy_of((enum err)9999);
    ck_assert_ptr_nonnull(unknown);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        const char *remedy = remedy_of(all[i]);
        bool is_format = all[i] <= ERR_BAD_TEXT || all[i] == ERR_BAD_VERSION;
        ck_assert_msg(is_format || strcmp(remedy, unknown) != 0, "no remedy for %s",
                      err_name(all[i]));
        if (all[i] != ERR_OK)
            ck_assert_msg(remedy[strlen(remedy) - 1] == '.', "%s", remedy);
    }
}
END_TEST

START_TEST(errors_end_with_the_exit_status_of_their_kind)
{
    ck_assert_int_eq(remedy_exit_code(ERR_CLAIM_STANDS), EXIT_REFUSED);
    ck_assert_int_eq(remedy_exit_code(ERR_BAD_SIGNATURE), EXIT_REFUSED);
    ck_assert_int_eq(remedy_exit_code(ERR_NO_LEADER), EXIT_UNREACHABLE);
    ck_assert_int_eq(remedy_exit_code(ERR_UNREACHABLE), EXIT_UNREACHABLE);
    ck_assert_int_eq(remedy_exit_code(ERR_DAMAGED), EXIT_INTERNAL);
}
END_TEST

START_TEST(with_json_an_error_is_an_object_too)
{
    struct run run = run_tool("status", "--json", "--node", "tcp://127.0.0.1:1", NULL);
    ck_assert_int_eq(run.code, EXIT_UNREACHABLE);
    json_t *value = json_loads(run.out, 0, NULL);
    ck_assert_ptr_nonnull(value);
    ck_assert_str_eq(json_string_value(json_object_get(value, "error")), "UNREACHABLE");
    ck_assert_ptr_nonnull(json_object_get(value, "sentence"));
    ck_assert_ptr_nonnull(strstr(json_string_value(json_object_get(value, "remedy")), "imeid"));
    json_decref(value);
    run_end(&run);
    run = run_tool("check", "--json", "--timeout", "x", "35693803564380", NULL);
    ck_assert_int_eq(run.code, EXIT_USAGE);
    ck_assert_ptr_nonnull(strstr(run.out, "\"error\": \"USAGE\""));
    run_end(&run);
}
END_TEST

START_TEST(a_result_that_cannot_be_written_is_a_failure)
{
    char imei[] = "imei";
    char help[] = "help";
    char *words[] = {imei, help, NULL};
    FILE *full = fopen("/dev/full", "w");
    ck_assert_ptr_nonnull(full);
    char *said;
    size_t size;
    FILE *err = open_memstream(&said, &size);
    ck_assert_int_eq(tool_run(2, words, full, err), EXIT_INTERNAL);
    fclose(err);
    ck_assert_ptr_nonnull(strstr(said, "could not be written"));
    free(said);
    fclose(full);
}
END_TEST

/* Gives the text to a program on its standard input; its exit status. */
static int pipe_into(const char *text, char *const *argv)
{
    char path[] = "/tmp/imei-pipe-XXXXXX";
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    lseek(fd, 0, SEEK_SET);
    unlink(path);
    pid_t child = fork();
    if (child == 0) {
        dup2(fd, STDIN_FILENO);
        int null = open("/dev/null", O_WRONLY);
        dup2(null, STDOUT_FILENO);
        execvp(argv[0], argv);
        _exit(127);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    close(fd);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

START_TEST(the_manual_is_one_that_scdoc_takes)
{
    static char scdoc[] = "scdoc";
    char *const argv[] = {scdoc, NULL};
    struct run run = run_tool("manual", NULL);
    ck_assert_int_eq(run.code, EXIT_DONE);
    ck_assert_ptr_nonnull(strstr(run.out, "# COMMANDS"));
    ck_assert_ptr_nonnull(strstr(run.out, "*--passphrase-file* _FILE_"));
    ck_assert_int_eq(pipe_into(run.out, argv), 0);
    run_end(&run);
}
END_TEST

START_TEST(the_completion_completes_in_bash)
{
    static char bash[] = "bash";
    char *const argv[] = {bash, NULL};
    struct run run = run_tool("completion", "bash", NULL);
    ck_assert_int_eq(run.code, EXIT_DONE);
    char *script;
    ck_assert_int_ge(
        asprintf(&script,
                 "set -eu\n%s\n"
                 "try() { local last=$((${#COMP_WORDS[@]}-1)); COMP_CWORD=$last; COMPREPLY=(); "
                 "_imei; printf '%%s ' \"${COMPREPLY[@]:-}\"; }\n"
                 "COMP_WORDS=(imei ch); [[ $(try) == 'check ' ]]\n"
                 "COMP_WORDS=(imei key ''); [[ $(try) == 'new show add revoke ' ]]\n"
                 "COMP_WORDS=(imei org p); [[ $(try) == 'propose ' ]]\n"
                 "COMP_WORDS=(imei block --rea); [[ $(try) == '--reason ' ]]\n"
                 "COMP_WORDS=(imei block --reason st); [[ $(try) == 'stolen ' ]]\n"
                 "COMP_WORDS=(imei key new --enc); [[ $(try) == '--encrypt ' ]]\n"
                 "COMP_WORDS=(imei import x --operation unw); [[ $(try) == 'unwatch ' ]]\n"
                 "COMP_WORDS=(imei block 1 --wait n); [[ $(try) == 'none ' ]]\n"
                 "COMP_WORDS=(imei org propose x --roles reg); [[ $(try) == 'regulator ' ]]\n",
                 run.out),
        0);
    ck_assert_int_eq(pipe_into(script, argv), 0);
    free(script);
    run_end(&run);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &no_command_prints_the_commands_and_is_a_mistake,
        &help_lists_every_command_but_hidden_ones,
        &every_command_has_its_help,
        &a_wrong_command_line_says_what_to_do,
        &the_version_is_that_of_the_project,
        &every_error_has_a_remedy_of_its_own_kind,
        &errors_end_with_the_exit_status_of_their_kind,
        &with_json_an_error_is_an_object_too,
        &a_result_that_cannot_be_written_is_a_failure,
        &the_manual_is_one_that_scdoc_takes,
        &the_completion_completes_in_bash,
    };
    return suite_run("cli/tool", cases, sizeof cases / sizeof *cases);
}
