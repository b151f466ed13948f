# One library a folder, its unit tests beside the code.
#
#   tw_library(wire SOURCES frame.cc ... DEPS core protobuf::libprotobuf)
#   tw_test(wire SOURCES frame_test.cc ...)      -> executable wire_test, one ctest entry

add_library(tw_options INTERFACE)
target_include_directories(tw_options INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
target_compile_options(tw_options INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # At -O2 g++ 12 takes members of optionals and coroutine frames for uninitialised or dangling, and
  # Asio's recycled frames for freed wrongly, and string concatenation for overlapping; clang and AddressSanitizer see none of it.
  target_compile_options(tw_options INTERFACE -Wno-maybe-uninitialized -Wno-restrict -Wno-mismatched-new-delete -Wno-dangling-pointer
    -Wno-missing-field-initializers)
else()
  target_compile_options(tw_options INTERFACE -Wno-missing-field-initializers)
endif()
if(TWINWATCH_SANITIZE)
  add_compile_options(-fsanitize=${TWINWATCH_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${TWINWATCH_SANITIZE})
endif()

function(tw_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC ${ARG_DEPS} PRIVATE tw_options)
endfunction()

function(tw_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name}_test ${ARG_SOURCES})
  target_link_libraries(${name}_test PRIVATE ${name} ${ARG_DEPS} tw_options GTest::gmock GTest::gtest_main)
  add_test(NAME ${name}_test COMMAND ${name}_test)
  set_tests_properties(${name}_test PROPERTIES LABELS unit TIMEOUT 900)
endfunction()
