/* Your parser under our fuzzer. Implement this one function and build it with the kit: docs/fuzz-your-parser.md. */
#ifndef SASYNC_KIT_H
#define SASYNC_KIT_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  SASYNC_KIT_REJECTED = -1, /* the parser refuses the message: it is malformed */
  SASYNC_KIT_UNKNOWN = -2   /* the parser does not speak this kind of message: nothing is compared */
};

/* Reads one whole message of `size` bytes: the payload of a datagram, or a frame cut out of its stream. The byte behind
 * the last one cannot be read. Returns 0 when it accepts the message; or, having written what the message says to
 * `json`, the number of bytes written, at most `capacity`; or one of the above.
 *
 * What is written is one JSON object for each event, a line each, with the keys of docs/schema/sync-event.schema.json.
 * Write the keys that you know: these are compared with the reference decoder's, the others are not looked at.
 * The function must not keep anything from one call to the next. */
int sasync_kit_parse(const unsigned char* bytes, size_t size, char* json, size_t capacity);

#ifdef __cplusplus
}
#endif

#endif
