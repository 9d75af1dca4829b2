#include "node/mail.h"

#include <stdlib.h>

void mail_post_frame(struct queue *queue, struct links_frame frame)
{
    size_t weight_max = frame.channel == PEER_BULK ? MAIL_BULK_BYTES_MAX : MAIL_BYTES_MAX;
    struct mail_frame *mail = malloc(sizeof *mail);
    if (mail == NULL) {
        links_frame_free(&frame);
        return;
    }
    *mail = (struct mail_frame){
        .mail = {.item = {.weight = frame.bytes.size + sizeof *mail}, .kind = MAIL_FRAME},
        .frame = frame,
    };
    if (queue_put_below(queue, &mail->mail.item, weight_max) != ERR_OK)
        mail_free(&mail->mail);
}

void mail_post_link(struct queue *queue, uint32_t peer, enum peer_channel channel, bool is_up)
{
    struct mail_link *mail = malloc(sizeof *mail);
    if (mail == NULL)
        return;
    *mail = (struct mail_link){
        .mail = {.item = {.weight = sizeof *mail}, .kind = MAIL_LINK},
        .peer = peer,
        .channel = channel,
        .is_up = is_up,
    };
    if (queue_put_always(queue, &mail->mail.item) != ERR_OK)
        mail_free(&mail->mail);
}

void mail_post_word(struct queue *queue, enum word word, uint32_t peer,
                    const struct incarnation *incarnation)
{
    struct mail_word *mail = malloc(sizeof *mail);
    if (mail == NULL)
        return;
    *mail = (struct mail_word){
        .mail = {.item = {.weight = sizeof *mail}, .kind = MAIL_WORD},
        .peer = peer,
        .word = word,
    };
    if (incarnation != NULL)
        mail->incarnation = *incarnation;
    if (queue_put_always(queue, &mail->mail.item) != ERR_OK)
        mail_free(&mail->mail);
}

void mail_free(struct mail *mail)
{
    switch (mail->kind) {
    case MAIL_FRAME: links_frame_free(&((struct mail_frame *)mail)->frame); break;
    case MAIL_SUBMIT: tx_ref_drop(((struct mail_submit *)mail)->tx); break;
    case MAIL_LINK:
    case MAIL_WORD:
    case MAIL_WRITTEN:
    case MAIL_APPLIED:
    case MAIL_FILLED:
    case MAIL_ASK:
    case MAIL_READ: break;
    }
    free(mail);
}
