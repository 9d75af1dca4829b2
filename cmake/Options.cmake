# Compiler, warnings, hardening, sanitizers: the same for every target.

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()

set(IMEI_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them")
option(IMEI_FUZZ "Build the libFuzzer targets (clang only)" OFF)
option(BUILD_TESTING "Build the tests and the benches" ON)
option(IMEI_WERROR "Treat warnings as errors" ON)

# Invariants stay on in every build: no NDEBUG.
set(CMAKE_C_FLAGS_DEBUG "-Og -g3")
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g")
if(IMEI_SANITIZE AND NOT IMEI_FUZZ)
    # What is instrumented takes long to optimise; functions and lines are all that a report names.
    set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O1 -g1")
endif()

add_compile_definitions(_GNU_SOURCE)
add_compile_options(
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes
    -Wmissing-prototypes -Wold-style-definition -Wvla -Wformat=2 -Wundef -Wswitch-enum
    -Wwrite-strings -Wcast-qual -Wpointer-arith
    -fno-common -fstack-protector-strong)
if(IMEI_WERROR)
    add_compile_options(-Werror)
endif()
if(IMEI_SANITIZE)
    add_compile_options(-fsanitize=${IMEI_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${IMEI_SANITIZE})
    add_compile_definitions(IMEI_SANITIZED=1)
else()
    add_compile_options($<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2>)
endif()
if(IMEI_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()
add_link_options(-Wl,-z,relro,-z,now)

# Every folder includes rooted paths: #include "ledger/apply.h".
include_directories(${CMAKE_SOURCE_DIR})
