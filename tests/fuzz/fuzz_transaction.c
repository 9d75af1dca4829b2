/* Transactions: what parses is written again with the same bytes, is normalised once and for all,
 * and is taken when its statement is signed anew: no fuzzer guesses a signature. */
#include "proto/invariant.h"
#include "proto/limits.h"
#include "proto/statement.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct secret_key secret = {{7}};

static uint8_t payload[TX_SIZE_MAX];
static uint8_t room[TX_SIZE_MAX];

static void check_encoding(const struct transaction *transaction, struct bytes input)
{
    struct writer scratch = writer_over(payload, sizeof payload);
    struct writer again = writer_over(room, sizeof room);
    statement_write(&scratch, &transaction->statement);
    invariant(bytes_equal(writer_view(&scratch), transaction->envelope.payload));
    cose_write(&again, &transaction->envelope.kid, writer_view(&scratch),
               &transaction->envelope.signature);
    invariant(bytes_equal(writer_view(&again), input));
    invariant(bytes_equal(transaction->encoded, input));
    invariant(input.size - scratch.size <= COSE_OVERHEAD_MAX);
}

static void check_normalised(const struct transaction *transaction, struct bytes input)
{
    struct writer again = writer_over(room, sizeof room);
    transaction_normalise(transaction, &again);
    struct bytes normal = writer_view(&again);
    struct transaction low;
    invariant(normal.size == input.size);
    invariant(transaction_parse(normal, &low) == ERR_OK);
    invariant(hash_equal(&low.id, &transaction->id));
    invariant(!signature_normalise(&low.envelope.signature));
    struct signature given = transaction->envelope.signature;
    invariant(signature_normalise(&given) != bytes_equal(normal, input));
}

static void check_signed(const struct transaction *transaction)
{
    struct writer scratch = writer_over(payload, sizeof payload);
    struct writer again = writer_over(room, sizeof room);
    struct public_key key;
    struct hash id;
    struct transaction made;
    invariant(public_key_of(&secret, &key) == ERR_OK);
    invariant(transaction_verify(transaction, &key) != ERR_OK);
    invariant(transaction_sign(&transaction->statement, &secret, &scratch, &again, &id) == ERR_OK);
    invariant(transaction_parse(writer_view(&again), &made) == ERR_OK);
    invariant(transaction_verify(&made, &key) == ERR_OK);
    invariant(hash_equal(&made.id, &id));
    invariant(bytes_equal(made.envelope.payload, transaction->envelope.payload));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes input = bytes_of(data, size);
    struct transaction transaction;
    if (transaction_parse(input, &transaction) != ERR_OK) {
        invariant(transaction.encoded.data == NULL);
        return 0;
    }
    check_encoding(&transaction, input);
    check_normalised(&transaction, input);
    check_signed(&transaction);
    return 0;
}
