/*
 * text.h: text from outside, fit to be shown and kept.
 */
#ifndef JSON_TEXT_H
#define JSON_TEXT_H

#include "proto/bytes.h"

/* Copies at most `size_max` bytes and a terminator: control characters (U+0000..U+001F,
 * U+007F..U+009F) and broken UTF-8 are left out, a character that does not fit whole is cut,
 * white space in a row becomes one blank, at either end none. Returns the bytes written. */
size_t text_clean(const char *text, size_t size, char *out, size_t size_max);

/* Without blanks and tabs at either end. */
struct bytes text_trim(struct bytes text);

/* Whether the text is that word, blanks around it and case aside. */
bool text_is_word(struct bytes text, const char *word);

/* Whether the bytes are UTF-8 throughout (RFC 3629). */
bool text_is_utf8(const char *text, size_t size);

#endif
