/* What an AMF asks: whatever is understood is within its bounds, and the same when it is asked
 * again in the plainest words. */
#include "front/n5g.h"
#include "proto/invariant.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct question question;
    bool is_device;
    char plain[96];
    if (n5g_parse(bytes_of(data, size), &question, &is_device) != N5G_SOUND || !is_device)
        return 0;
    invariant(question.imei.value < IMEI_VALUES);
    invariant(question.svn == IMEI_SVN_NONE || (question.svn >= 0 && question.svn <= 99));
    unsigned long long value = question.imei.value;
    int length = question.svn == IMEI_SVN_NONE
                     ? snprintf(plain, sizeof plain, "pei=imei-%014llu0", value)
                     : snprintf(plain, sizeof plain, "pei=imeisv-%014llu%02d", value, question.svn);
    if (imsi_is_given(&question.imsi))
        length += snprintf(plain + length, sizeof plain - (size_t)length, "&supi=imsi-%s",
                           question.imsi.digits);
    struct question again;
    invariant(n5g_parse(bytes_of(plain, (size_t)length), &again, &is_device) == N5G_SOUND);
    invariant(is_device && again.imei.value == question.imei.value && again.svn == question.svn);
    invariant(strcmp(again.imsi.digits, question.imsi.digits) == 0);
    return 0;
}
