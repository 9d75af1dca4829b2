/*
 * ipa.h: the frames in which Osmocom's programs speak over TCP, ip.access' multiplex.
 *
 *   size of the payload (2, big-endian) | stream (1) | payload
 *
 * Two streams matter here: 0xfe is the connection itself (CCM: ping, pong, who are you), 0xee with
 * the extension 0x05 as its payload's first byte is GSUP. Osmocom's programs take frames of up to
 * 1200 bytes, header included, and so do we.
 *
 * No I/O. Threads: any.
 */
#ifndef FRONT_IPA_H
#define FRONT_IPA_H

#include "proto/reader.h"
#include "proto/writer.h"

#define IPA_HEADER_SIZE    3
#define IPA_FRAME_SIZE_MAX 1200 /* with its header, as in libosmocore's ipa.c */

enum ipa_stream { IPA_STREAM_OSMO = 0xee, IPA_STREAM_CCM = 0xfe };
enum ipa_extension { IPA_EXTENSION_GSUP = 0x05 };

/* The first byte of a CCM payload. */
enum ipa_ccm {
    IPA_CCM_PING = 0x00,
    IPA_CCM_PONG = 0x01,
    IPA_CCM_ID_GET = 0x04,
    IPA_CCM_ID_RESPONSE = 0x05,
    IPA_CCM_ID_ACK = 0x06,
};

struct ipa_frame {
    uint8_t stream;
    struct bytes payload; /* a view into the input; may be empty */
    size_t size;          /* of the whole frame */
};

/* The frame at the beginning of `input`. ERR_TRUNCATED: more bytes are needed; ERR_TOO_LARGE: no
 * frame of a peer that we could follow. */
enum err ipa_read(struct bytes input, struct ipa_frame *out) must_check;

/* A CCM frame of that type alone. */
void ipa_write_ccm(struct writer *writer, enum ipa_ccm type);

/* Asks who the peer is: the first frame that an Osmocom server sends. */
void ipa_write_id_get(struct writer *writer);

/* A GSUP message in its frame: at most IPA_FRAME_SIZE_MAX bytes, else ERR_TOO_LARGE. */
void ipa_write_gsup(struct writer *writer, struct bytes message);

#endif
