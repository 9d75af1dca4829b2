/*
 * diameter_mend.h: four functions of freeDiameter 1.2.1 as they should be. The library calls them
 * by name, and the program's own come first.
 *
 * fd_out_send(): an answer to a peer whose connection has just gone is an error, for which the
 * thread that meets it ends the library and with it everybody's connections. Here such an answer is
 * dropped.
 * fd_core_shutdown(): a library that ends itself takes leave of its peers for up to 16 seconds, in
 * which nobody is answered. Here it says so at once.
 * fd_psm_change_state(), fd_p_dw_reopen(): to a peer that comes back after a connection that broke,
 * no answer is sent before three watchdogs; and the time of the first of them is that of the
 * connection before, so that it can be over at once, which is twice the watchdog's time without an
 * answer and the end of the connection. RFC 3539 3.4.1 withholds requests from such a peer, for
 * which another one may be asked; an answer has one way only. Here the peer is open at once, and
 * has the watchdog's whole time to answer the first.
 */
#ifndef FRONT_DIAMETER_MEND_H
#define FRONT_DIAMETER_MEND_H

#include "proto/err.h"

/* `ended` is called, on any thread, instead of an end that nobody asked for. ERR_INTERNAL when the
 * library does not call the functions here. */
enum err diameter_mend(void (*ended)(void)) must_check;

/* The library's own end. */
void diameter_mend_shut_down(void);

#endif
