# Every library comes from Debian 12 (see `check`, which installs them).
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(Protobuf REQUIRED)
find_package(absl REQUIRED)
find_package(fmt REQUIRED)
find_package(GTest REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(pugixml REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Boost 1.81 REQUIRED)

# find_package(prometheus-cpp) would pull in civetweb and curl; the core library alone is wanted.
find_package(PkgConfig REQUIRED)
pkg_check_modules(PROMETHEUS_CORE REQUIRED IMPORTED_TARGET prometheus-cpp-core)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
# MIT's: Heimdal has no gss_acquire_cred_from with a client keytab.
pkg_check_modules(KRB5 REQUIRED IMPORTED_TARGET mit-krb5-gssapi mit-krb5)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)

pkg_check_modules(CRYPT REQUIRED IMPORTED_TARGET libxcrypt)

# Debian ships no pkg-config file for the ZooKeeper client.
find_path(ZOOKEEPER_INCLUDE_DIR zookeeper/zookeeper.h REQUIRED)
find_library(ZOOKEEPER_LIBRARY zookeeper_mt REQUIRED)
add_library(zookeeper_mt INTERFACE)
target_include_directories(zookeeper_mt SYSTEM INTERFACE ${ZOOKEEPER_INCLUDE_DIR})
target_link_libraries(zookeeper_mt INTERFACE ${ZOOKEEPER_LIBRARY} Threads::Threads)

# Asio is compiled once, in probes/api/asio_impl.cc.
add_library(asio INTERFACE)
target_include_directories(asio SYSTEM INTERFACE ${Boost_INCLUDE_DIRS})
target_compile_definitions(asio INTERFACE BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)
target_link_libraries(asio INTERFACE Threads::Threads)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # Boost 1.81 does not know that clang 16 has the standard's coroutines.
  target_compile_definitions(asio INTERFACE BOOST_ASIO_HAS_CO_AWAIT BOOST_ASIO_HAS_STD_COROUTINE)
endif()
