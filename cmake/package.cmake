# The Debian package: cmake --build build/release --target package. It is read by lintian in ./check long.
include(GNUInstallDirs)

set(package_dir ${PROJECT_SOURCE_DIR}/cmake/package)
set(doc_dir share/doc/twinwatch)

install(TARGETS twinwatch RUNTIME DESTINATION bin)
install(FILES ${package_dir}/twinwatch.service DESTINATION /lib/systemd/system)
install(FILES ${package_dir}/twinwatch.yml DESTINATION /etc/twinwatch)
install(FILES ${package_dir}/twinwatch.default DESTINATION /etc/default RENAME twinwatch)
install(FILES ${package_dir}/copyright ${PROJECT_SOURCE_DIR}/README.md DESTINATION ${doc_dir})
install(DIRECTORY docs/ DESTINATION ${doc_dir} FILES_MATCHING PATTERN "*.md" PATTERN "man" EXCLUDE)
install(DIRECTORY dashboards/runbooks DESTINATION ${doc_dir})
install(DIRECTORY dashboards/alerts/ DESTINATION share/twinwatch/prometheus FILES_MATCHING PATTERN "*.yml")
install(DIRECTORY dashboards/grafana/ DESTINATION share/twinwatch/grafana FILES_MATCHING PATTERN "*.json")

# Completion is the program's own; man pages want scdoc.
set(generated ${PROJECT_BINARY_DIR}/package)
file(MAKE_DIRECTORY ${generated})
add_custom_command(OUTPUT ${generated}/twinwatch.bash ${generated}/_twinwatch ${generated}/twinwatch.fish
  COMMAND twinwatch completion bash > ${generated}/twinwatch.bash
  COMMAND twinwatch completion zsh > ${generated}/_twinwatch
  COMMAND twinwatch completion fish > ${generated}/twinwatch.fish
  DEPENDS twinwatch VERBATIM)
add_custom_target(completions ALL DEPENDS ${generated}/twinwatch.bash)
install(FILES ${generated}/twinwatch.bash DESTINATION share/bash-completion/completions RENAME twinwatch)
install(FILES ${generated}/_twinwatch DESTINATION share/zsh/vendor-completions)
install(FILES ${generated}/twinwatch.fish DESTINATION share/fish/vendor_completions.d)

find_program(SCDOC scdoc)
find_program(GZIP gzip REQUIRED)
if(SCDOC)
  foreach(page twinwatch.1 twinwatch.yml.5)
    string(REGEX MATCH "[0-9]$" section ${page})
    add_custom_command(OUTPUT ${generated}/${page}.gz
      COMMAND sh -c "${SCDOC} < docs/man/${page}.scd | ${GZIP} -9n > ${generated}/${page}.gz"
      WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} DEPENDS ${PROJECT_SOURCE_DIR}/docs/man/${page}.scd VERBATIM)
    list(APPEND man_pages ${generated}/${page}.gz)
    install(FILES ${generated}/${page}.gz DESTINATION share/man/man${section})
  endforeach()
  add_custom_target(man_pages ALL DEPENDS ${man_pages})
endif()
add_custom_command(OUTPUT ${generated}/changelog.gz
  COMMAND sh -c "${GZIP} -9n < ${package_dir}/changelog > ${generated}/changelog.gz"
  DEPENDS ${package_dir}/changelog VERBATIM)
add_custom_target(changelog ALL DEPENDS ${generated}/changelog.gz)
install(FILES ${generated}/changelog.gz DESTINATION ${doc_dir})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME twinwatch)
set(CPACK_PACKAGE_VENDOR Twinwatch)
set(CPACK_PACKAGE_CONTACT "Twinwatch <twinwatch@example.com>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS adduser)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "watch and verify replication between HBase clusters
Twinwatch tells operators of two Apache HBase clusters how far behind the
standby is, and whether it is really a twin. It compares tables row by row,
exports Prometheus metrics, and brings alerts, dashboards and a status page.")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${package_dir}/postinst ${package_dir}/prerm ${package_dir}/conffiles)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
