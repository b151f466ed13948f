"""Kerberos for a bed: one KDC with two realms, out of the bed's folder, unknown to the machine's own.

TWINBED is the realm of both clusters (hbase/localhost on either side, as both are on this host) and of the tests'
helpers; OTHER.TWINBED has only users, and is trusted: what a company's own realm is to that of its clusters.

    krb/krb5.conf         for whoever wants tickets: KRB5_CONFIG, -Djava.security.krb5.conf
    krb/NAME.keytab       of hbase, helper, twinwatch (TWINBED) and stranger (OTHER.TWINBED)

The KDC is the process `kdc` of the bed. Fails with BedError when Debian's krb5-kdc is not there, or with what its
tools say.
"""
import os
import subprocess

from .errors import BedError

REALM, OTHER_REALM = "TWINBED", "OTHER.TWINBED"
SERVER = f"hbase/localhost@{REALM}"
# Name of the keytab: principal.
PRINCIPALS = {"hbase": SERVER, "helper": f"helper@{REALM}", "twinwatch": f"twinwatch@{REALM}",
              "stranger": f"stranger@{OTHER_REALM}"}

_KRB5_CONF = """\
[libdefaults]
  default_realm = {realm}
  dns_lookup_realm = false
  dns_lookup_kdc = false
  dns_canonicalize_hostname = false
  rdns = false
  udp_preference_limit = 1
  ticket_lifetime = 10h
[realms]
  {realm} = {{
    kdc = localhost:{port}
  }}
  {other} = {{
    kdc = localhost:{other_port}
  }}
[domain_realm]
  localhost = {realm}
[capaths]
  {other} = {{
    {realm} = .
  }}
"""
_KDC_CONF = """\
[kdcdefaults]
  kdc_ports = ""
[realms]
  {realm} = {{
    database_name = {folder}/principal
    key_stash_file = {folder}/stash
    kdc_ports = {port}
    kdc_tcp_ports = {port}
    max_life = 12h
  }}
  {other} = {{
    database_name = {folder}/other-principal
    key_stash_file = {folder}/other-stash
    kdc_ports = {other_port}
    kdc_tcp_ports = {other_port}
    max_life = 12h
  }}
"""


def folder(bed):
    """Where all of it lies."""
    return bed / "krb"


def conf(bed):
    """The bed's krb5.conf."""
    return folder(bed) / "krb5.conf"


def keytab(bed, name):
    """The keytab of one of PRINCIPALS."""
    return folder(bed) / f"{name}.keytab"


def environment(bed):
    """What the KDC and its tools are started with."""
    return os.environ | {"KRB5_CONFIG": str(conf(bed)), "KRB5_KDC_PROFILE": str(folder(bed) / "kdc.conf"),
                         "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin"}


def command():
    """The KDC itself, in the foreground."""
    return ["/usr/sbin/krb5kdc", "-n", "-r", REALM, "-r", OTHER_REALM]


def prepare(bed, ports):
    """Databases, principals and keytabs, unless they are there from an earlier start."""
    where = folder(bed)
    if (where / "ready").exists():
        return
    where.mkdir(exist_ok=True)
    words = {"realm": REALM, "other": OTHER_REALM, "folder": where, "port": ports["kdc"],
             "other_port": ports["kdc-other"]}
    conf(bed).write_text(_KRB5_CONF.format(**words))
    (where / "kdc.conf").write_text(_KDC_CONF.format(**words))
    for realm in (REALM, OTHER_REALM):
        _run(bed, ["kdb5_util", "-r", realm, "create", "-s", "-P", "bed"])
    trust = f"add_principal -pw trust krbtgt/{REALM}@{OTHER_REALM}"
    _admin(bed, REALM, [trust] + [line for name, principal in PRINCIPALS.items() if name != "stranger"
                                  for line in _with_keytab(bed, name, principal)])
    _admin(bed, OTHER_REALM, [trust, *_with_keytab(bed, "stranger", PRINCIPALS["stranger"])])
    missing = [name for name in PRINCIPALS if not keytab(bed, name).exists()]
    if missing:
        raise BedError(f"no keytabs were made for {', '.join(missing)}")
    (where / "ready").touch()


def admin(bed, *lines, realm=REALM):
    """kadmin's own commands, such as "change_password -randkey twinwatch"."""
    return _admin(bed, realm, lines)


def _with_keytab(bed, name, principal):
    return [f"add_principal -randkey {principal}", f"ktadd -k {keytab(bed, name)} {principal}"]


def _admin(bed, realm, lines):
    return _run(bed, ["kadmin.local", "-r", realm], "\n".join(lines) + "\n")


def _run(bed, arguments, text=""):
    try:
        done = subprocess.run(arguments, input=text, capture_output=True, text=True, env=environment(bed))
    except FileNotFoundError:
        raise BedError(f"there is no {arguments[0]}: install krb5-kdc and krb5-admin-server") from None
    if done.returncode:
        raise BedError(f"{' '.join(arguments)}:\n{(done.stdout + done.stderr)[-2000:]}")
    return done.stdout
