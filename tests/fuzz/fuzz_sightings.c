/* The file of sightings. What is taken is written again with the same bytes, unless there was no
 * room for all of it. The check sum is made right first: else nothing would get past it.
 */
#include "eir/sightings_file.h"
#include "proto/hash.h"
#include "proto/invariant.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct siphash_key key = {{1, 2, 3}};

static void write_again(const struct sightings *sightings, struct bytes file)
{
    uint8_t *room = malloc(file.size);
    invariant(room != NULL);
    struct writer writer = writer_over(room, file.size);
    sightings_write(sightings, &key, &writer);
    invariant(bytes_equal(writer_view(&writer), file));
    free(room);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sightings *sightings;
    struct sightings_options options = {.key = key, .bytes_max = 65536, .threshold = 3};
    uint8_t *file = malloc(size + HASH_SIZE);
    invariant(file != NULL);
    if (size > 0)
        memcpy(file, data, size);
    struct hash sum = hash_of(bytes_of(file, size));
    memcpy(file + size, sum.bytes, HASH_SIZE);
    invariant(sightings_open(&options, &sightings) == ERR_OK);
    struct bytes whole = bytes_of(file, size + HASH_SIZE);
    if (sightings_read(sightings, &key, whole) == ERR_OK &&
        sightings_size(sightings).forgotten == 0)
        write_again(sightings, whole);
    sightings_roll(sightings, 20000);
    sightings_close(sightings);
    free(file);
    return 0;
}
