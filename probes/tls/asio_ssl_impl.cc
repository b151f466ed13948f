// The one place where Asio's TLS is compiled; probes/api/asio_impl.cc has the rest.
#include <boost/asio/ssl/impl/src.hpp>
