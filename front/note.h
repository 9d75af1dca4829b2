/*
 * note.h: what a front end tells the node's log.
 */
#ifndef FRONT_NOTE_H
#define FRONT_NOTE_H

enum note_level { NOTE_DEBUG, NOTE_INFO, NOTE_WARNING, NOTE_ERROR };

/* `event` is a word for programs, `who` the peer that it is about or NULL, `text` a sentence or
 * NULL; they live for the call. Threads: any. */
struct note {
    void (*say)(enum note_level level, const char *event, const char *who, const char *text);
};

#endif
