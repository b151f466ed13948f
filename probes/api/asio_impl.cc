// The one place where Asio itself is compiled.
#include <utility>

#include <boost/asio/impl/src.hpp>
