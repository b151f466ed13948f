"""Certificates as a test wants them, by the openssl command."""
import subprocess


class Ca:
    """An authority in `folder`: `pem` is its certificate."""

    def __init__(self, folder, name):
        self.folder, self.name = folder, name
        self.pem, self._key = folder / f"{name}.pem", folder / f"{name}.key"
        _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                 "-subj", f"/CN={name}", "-addext", "basicConstraints=critical,CA:TRUE",
                 "-addext", "keyUsage=critical,keyCertSign", "-keyout", self._key, "-out", self.pem)

    def issue(self, name, subject, use, names="", days=1):
        """(certificate, key) for `use` serverAuth or clientAuth; with days=-1 it is over already."""
        pem, key, request = (self.folder / f"{name}.{ending}" for ending in ("pem", "key", "csr"))
        extensions = self.folder / f"{name}.ext"
        extensions.write_text(f"extendedKeyUsage={use}\n" + (f"subjectAltName={names}\n" if names else ""))
        _openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-utf8",
                 "-subj", subject, "-keyout", key, "-out", request)
        _openssl("x509", "-req", "-in", request, "-CA", self.pem, "-CAkey", self._key, "-CAcreateserial",
                 "-days", days, "-extfile", extensions, "-out", pem)
        return pem, key


def _openssl(*arguments):
    subprocess.run(["openssl", *(str(each) for each in arguments)], check=True, capture_output=True)
