# What `cmake --install` lays down: programs, manual pages, completion, systemd's files, documents.
# Pages and completion are made from the programs' own tables, so they say what the programs do.

include(GNUInstallDirs)

install(TARGETS imei RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS imeid RUNTIME DESTINATION ${CMAKE_INSTALL_SBINDIR})

# ---- completion ----
set(completion ${CMAKE_BINARY_DIR}/completion/imei)
add_custom_command(OUTPUT ${completion}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/completion
    COMMAND sh -c "$<TARGET_FILE:imei> completion bash > ${completion}"
    DEPENDS imei
    VERBATIM)
add_custom_target(completion ALL DEPENDS ${completion})
install(FILES ${completion} DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)

# ---- manual: imei(1) comes from the table of commands, in cli/CMakeLists.txt ----
if(SCDOC)
    set(pages ${CMAKE_BINARY_DIR}/man)
    add_custom_command(OUTPUT ${pages}/imeid.8
        COMMAND ${CMAKE_COMMAND} -E make_directory ${pages}
        COMMAND sh -c "${SCDOC} < ${CMAKE_SOURCE_DIR}/packaging/imeid.8.scd > ${pages}/imeid.8"
        DEPENDS ${CMAKE_SOURCE_DIR}/packaging/imeid.8.scd
        VERBATIM)
    add_custom_command(OUTPUT ${pages}/imeid.yaml.5
        COMMAND ${CMAKE_COMMAND} -E make_directory ${pages}
        COMMAND sh ${CMAKE_SOURCE_DIR}/packaging/page-of-config $<TARGET_FILE:imeid>
            ${CMAKE_SOURCE_DIR}/packaging/imeid.yaml.5.scd ${SCDOC} ${pages}/imeid.yaml.5
        DEPENDS imeid ${CMAKE_SOURCE_DIR}/packaging/imeid.yaml.5.scd
            ${CMAKE_SOURCE_DIR}/packaging/page-of-config
        VERBATIM)
    add_custom_target(manual-of-node ALL DEPENDS ${pages}/imeid.8 ${pages}/imeid.yaml.5)
    install(FILES ${pages}/imei.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
    install(FILES ${pages}/imeid.yaml.5 DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
    install(FILES ${pages}/imeid.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)
else()
    message(STATUS "no scdoc: the manual pages are neither built nor installed")
endif()

# ---- systemd: below the prefix, where systemd looks for /usr and /usr/local alike ----
install(FILES packaging/imeid.service DESTINATION lib/systemd/system)
install(FILES packaging/imeid.sysusers DESTINATION lib/sysusers.d RENAME imeid.conf)

# ---- documents; the configuration is an example: nothing overwrites a node's own ----
install(FILES README.md CHANGELOG.md SECURITY.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES packaging/imeid.yaml DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
