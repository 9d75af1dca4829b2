/*
 * diameter_mend.h: two functions of freeDiameter 1.2.1 as they should be.
 *
 * An answer to a peer whose connection has just gone is an error of fd_out_send(), for which the
 * thread that meets it ends the library and with it everybody's connections: here such an answer is
 * dropped. And a library that ends itself takes leave of its peers for up to 16 seconds, in which
 * nobody is answered: here it says so at once. The library calls both by name, and the program's
 * own come first.
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
