#include "eir/policy_file.h"

#include "store/directory.h"

#include <stdlib.h>

static void name_file(struct policy_complaint *complaint, const char *path)
{
    snprintf(complaint->path, sizeof complaint->path, "%s", path);
}

/* An error other than ERR_CONFIG has no words of its own yet. */
static enum err explained(enum err err, struct policy_complaint *complaint)
{
    if (err != ERR_OK && complaint->complaint.text[0] == '\0')
        (void)complain(&complaint->complaint, 0, "%s", err_sentence(err));
    return err;
}

static enum err read_golden(struct policy *policy, struct policy_complaint *complaint)
{
    uint8_t *text = NULL;
    size_t size;
    name_file(complaint, policy->golden_path);
    enum err err = file_read(policy->golden_path, GOLDEN_SIZE_MAX, &text, &size);
    if (err == ERR_OK)
        err = golden_parse(bytes_of(text, size), &policy->golden, &complaint->complaint);
    free(text);
    return err;
}

static enum err read_policy(const char *path, struct policy **out,
                            struct policy_complaint *complaint)
{
    uint8_t *text = NULL;
    size_t size;
    char directory[SETTING_TEXT_SIZE];
    const char *slash = strrchr(path, '/');
    int length = slash == NULL ? 1 : slash == path ? 1 : (int)(slash - path);
    snprintf(directory, sizeof directory, "%.*s", length, slash == NULL ? "." : path);
    name_file(complaint, path);
    enum err err = file_read(path, DOCUMENT_SIZE_MAX, &text, &size);
    if (err == ERR_OK)
        err = policy_parse(bytes_of(text, size), directory, out, &complaint->complaint);
    free(text);
    return err;
}

enum err policy_read(const char *path, struct policy **out, struct policy_complaint *complaint)
{
    *out = NULL;
    *complaint = (struct policy_complaint){.path = ""};
    if (path[0] == '\0')
        return explained(policy_default(out), complaint);
    enum err err = read_policy(path, out, complaint);
    if (err == ERR_OK && (*out)->golden_path[0] != '\0')
        err = read_golden(*out, complaint);
    if (err == ERR_OK)
        return ERR_OK;
    policy_free(*out);
    *out = NULL;
    return explained(err, complaint);
}
