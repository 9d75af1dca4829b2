#include "eir/grace.h"

#include <urcu/urcu-memb.h>

/* Debian's liburcu is not built with ThreadSanitizer, which therefore has to be told that what a
 * reader did before it left comes before what the writer does after its wait. */
#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
static char readers;
#define READER_LEFT()  __tsan_release(&readers)
#define WRITER_KNOWS() __tsan_acquire(&readers)
#else
#define READER_LEFT()  ((void)0)
#define WRITER_KNOWS() ((void)0)
#endif

static _Thread_local unsigned begun;

void grace_thread_begin(void)
{
    if (begun++ == 0)
        urcu_memb_register_thread();
}

void grace_thread_end(void)
{
    if (--begun == 0)
        urcu_memb_unregister_thread();
}

void grace_enter(void)
{
    urcu_memb_read_lock();
}

void grace_leave(void)
{
    READER_LEFT();
    urcu_memb_read_unlock();
}

void grace_wait(void)
{
    urcu_memb_synchronize_rcu();
    WRITER_KNOWS();
}
