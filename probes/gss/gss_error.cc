#include "probes/gss/gss_error.h"

#include <gssapi/gssapi_krb5.h>
#include <krb5.h>

#include <cerrno>
#include <iterator>
#include <string>

namespace twinwatch::gss {
namespace {

struct Known {
  krb5_error_code code;
  std::string_view what_to_do;
};

constexpr Known kKnown[] = {
    {KRB5KRB_AP_ERR_SKEW,
     "the clocks of this machine and the KDC or the server differ too much: let NTP set them"},
    {KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN, "is the principal spelled as the KDC has it?"},
    {KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN,
     "is the server's principal (hbase.master.kerberos.principal, "
     "hbase.regionserver.kerberos.principal) spelled as the KDC has it?"},
    {KRB5KDC_ERR_PREAUTH_FAILED,
     "the keytab has an old key of this principal, or that of another one: export it again"},
    {KRB5KRB_AP_ERR_BAD_INTEGRITY,
     "the keytab has an old key of this principal, or that of another one: export it again"},
    {KRB5_KT_NOTFOUND, "the keytab has no key of this principal: see `klist -k`"},
    {KRB5KRB_AP_ERR_TKT_EXPIRED, "the ticket has expired: say `kinit` again, or give a keytab"},
    {KRB5_FCC_NOFILE,
     "there is no ticket: say `kinit`, or give principal and keytab as "
     "`kerberos` of the cluster in a configuration file"},
    {KRB5_CC_NOTFOUND,
     "there is no ticket: say `kinit`, or give principal and keytab as "
     "`kerberos` of the cluster in a configuration file"},
    {KRB5_REALM_UNKNOWN, "name the realm's KDC in /etc/krb5.conf"},
    {KRB5_CONFIG_NODEFREALM, "give the principal with its realm, or krb5.conf a default_realm"},
    {KRB5_KDC_UNREACH, "is the KDC up, and does /etc/krb5.conf name it?"},
    {KRB5_REALM_CANT_RESOLVE, "is the KDC up, and does /etc/krb5.conf name it?"},
};

std::string_view WhatToDo(OM_uint32 minor) {
  for (const Known& known : kKnown) {
    if (static_cast<OM_uint32>(known.code) == minor) return known.what_to_do;
  }
  return {};
}

std::string Display(OM_uint32 code, int type) {
  std::string out;
  OM_uint32 more = 0;
  do {
    OM_uint32 minor = 0;
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    if (GSS_ERROR(gss_display_status(&minor, code, type, gss_mech_krb5, &more, &text))) break;
    if (!out.empty()) out += "; ";
    out.append(static_cast<const char*>(text.value), text.length);
    gss_release_buffer(&minor, &text);
  } while (more != 0);
  return out;
}

bool IsUnreachable(OM_uint32 minor) {
  return minor == static_cast<OM_uint32>(KRB5_KDC_UNREACH) ||
         minor == static_cast<OM_uint32>(KRB5_REALM_CANT_RESOLVE);
}

}  // namespace

Status ToStatus(OM_uint32 major, OM_uint32 minor, std::string_view what) {
  // The mechanism's words are the better ones; where it has none, the major code must do.
  const std::string said =
      minor != 0 ? Display(minor, GSS_C_MECH_CODE) : Display(major, GSS_C_GSS_CODE);
  const std::string_view advice = WhatToDo(minor);
  return Error(
      IsUnreachable(minor) ? absl::StatusCode::kUnavailable : absl::StatusCode::kUnauthenticated,
      "{}: {}{}{}", what, said, advice.empty() ? "" : "; ", advice);
}

}  // namespace twinwatch::gss
