// What GSSAPI gives out, given back. Only for this folder.
#pragma once

#include <gssapi/gssapi.h>

#include <string>
#include <string_view>

#include "probes/gss/ticket.h"

namespace twinwatch::gss {

struct Credential::Handle {
  Handle() = default;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    OM_uint32 minor = 0;
    gss_release_cred(&minor, &cred);
  }

  gss_cred_id_t cred = GSS_C_NO_CREDENTIAL;
};

struct Name {
  Name() = default;
  Name(const Name&) = delete;
  Name& operator=(const Name&) = delete;
  ~Name() {
    OM_uint32 minor = 0;
    gss_release_name(&minor, &name);
  }

  gss_name_t name = GSS_C_NO_NAME;
};

// A buffer that the library allocates.
struct Buffer {
  Buffer() = default;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() {
    OM_uint32 minor = 0;
    gss_release_buffer(&minor, &buffer);
  }

  std::string_view View() const { return {static_cast<const char*>(buffer.value), buffer.length}; }

  gss_buffer_desc buffer = GSS_C_EMPTY_BUFFER;
};

// One that it only reads.
inline gss_buffer_desc Borrow(std::string_view bytes) {
  return {bytes.size(), const_cast<char*>(bytes.data())};
}

// A principal as Kerberos writes it: no host name in it is looked up, no realm is guessed.
Status ImportPrincipal(const std::string& principal, Name* into);

}  // namespace twinwatch::gss
