#include "node/notes.h"

#include "node/log.h"

#include <stddef.h>

static void say(enum note_level level, const char *event, const char *who, const char *text)
{
    static const enum log_level levels[] = {
        [NOTE_DEBUG] = LOG_DEBUG,
        [NOTE_INFO] = LOG_INFO,
        [NOTE_WARNING] = LOG_WARNING,
        [NOTE_ERROR] = LOG_ERROR,
    };
    enum log_level as = levels[level];
    if (who != NULL && text != NULL)
        log_event(as, event, "peer=\"%s\" text=\"%s\"", who, text);
    else if (who != NULL)
        log_event(as, event, "peer=\"%s\"", who);
    else if (text != NULL)
        log_event(as, event, "text=\"%s\"", text);
    else
        log_event(as, event, NULL);
}

const struct note notes_for_log = {.say = say};
