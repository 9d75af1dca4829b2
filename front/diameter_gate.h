/*
 * diameter_gate.h: which messages of a peer freeDiameter gets to see.
 *
 * freeDiameter's parser is not a strict one: it ends the process (assert) when some AVPs have not
 * the form that it counts on, and gives up for good when others do not. So each message is read
 * here first, whole, by a cursor that never leaves it. What does not pass is never answered, and
 * its connection is closed: an honest peer sends nothing of the kind.
 */
#ifndef FRONT_DIAMETER_GATE_H
#define FRONT_DIAMETER_GATE_H

#include "proto/bytes.h"

/* Bytes: a request of S13 has some 400, a CER with many applications some 2000. */
#define DIAMETER_MESSAGE_SIZE_MAX 16384
/* In one message, those in groups included. */
#define DIAMETER_AVPS_MAX 256

/*
 * True when freeDiameter may have it: RFC 6733 clauses 3 and 4.1, and
 *   - AVPs without a vendor have the size and the form of their type, groups included;
 *   - a group has groups within it at most to the depth that Diameter's own have;
 *   - an answer is one to what this node sends (DWR, DPR): with one Result-Code, and nothing that
 *     must be understood besides;
 *   - no User-Name asks to be sent on (RFC 4282 2.7): freeDiameter would put it into a queue that
 * it empties itself.
 */
bool diameter_gate(struct bytes message);

#endif
